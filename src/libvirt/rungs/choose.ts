import type { LocatedNic } from '../nic-table.ts';
import type { Asked, Finding } from './rung.ts';

/**
 * The one record that decides. Several that agree on network and portgroup are one; of those that do not, the ones on the
 * bridge asked for count. What then still differs is a contradiction, and nobody guesses.
 */
export function chooseNic(candidates: readonly LocatedNic[], asked: Asked): Finding {
  const onBridge = candidates.filter(({ nic }) => nic.bridge !== undefined && nic.bridge === asked.bridge);
  const chosen = onBridge.length > 0 && !agree(candidates) ? onBridge : candidates;
  const [first] = chosen;
  if (first === undefined) return { kind: 'absent' };
  if (agree(chosen)) return { kind: 'found', at: first };
  const claims = chosen.map(({ nic, file }) => `${file ?? 'virsh'} says ${nic.portgroup ?? 'no portgroup'}`);
  return { kind: 'blocked', why: `the same NIC is described differently: ${claims.join(', ')}` };
}

function agree(candidates: readonly LocatedNic[]): boolean {
  return new Set(candidates.map(({ nic }) => JSON.stringify([nic.attachment, nic.network, nic.portgroup]))).size < 2;
}

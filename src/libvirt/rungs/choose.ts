import type { LocatedNic, NicTable } from '../nic-table.ts';
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

/** What a source says of a NIC that it does not have; `refused` are its files that cannot be understood. */
export function notFound(table: NicTable, asked: Asked, refused: readonly string[]): Finding {
  const [other] = table.withVmAndMac(asked);
  if (other !== undefined) {
    const id = other.nic.interfaceId ?? '(none)';
    return { kind: 'absent', doubt: `${other.file ?? 'virsh'} has this NIC with the interfaceid ${id}` };
  }
  const [file] = refused;
  return file === undefined
    ? { kind: 'absent' }
    : { kind: 'absent', doubt: `${file} cannot be understood and may tell of this NIC` };
}

function agree(candidates: readonly LocatedNic[]): boolean {
  return new Set(candidates.map(({ nic }) => JSON.stringify([nic.attachment, nic.network, nic.portgroup]))).size < 2;
}

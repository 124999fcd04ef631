import type { Mac } from '../pvlan/mac.ts';
import type { Verdict } from '../pvlan/verdict.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import type { FleetFacts } from './facts.ts';

/** One address in two places of the fleet. */
export interface Contradiction {
  /** `dual`: one and the same NIC; `guest`, `router`: another one, of that kind, has the address there. */
  readonly kind: 'dual' | 'guest' | 'router';
  readonly pvlan: VlanId;
  readonly mac: Mac;
  /** Here. */
  readonly port: string;
  /** There. */
  readonly host: string;
  readonly otherPort: string;
}

/**
 * Addresses of this host's ports that another host claims, too. A guest on its way is in two places for a while, and no
 * contradiction. A claim of another host changes nothing here: its own host may be wrong or hostile.
 */
export function contradictions(verdicts: Iterable<Verdict>, facts: FleetFacts, host: string): readonly Contradiction[] {
  const here = new Map<string, { readonly port: string; readonly nic: string | undefined }>();
  for (const verdict of verdicts) {
    if ((verdict.kind !== 'guest' && verdict.kind !== 'promiscuous') || verdict.port.moving) continue;
    const primaries = verdict.kind === 'guest' ? [verdict.role.primary] : verdict.primaries;
    // Further addresses may be shared, as those of VRRP are.
    if (verdict.mac === undefined) continue;
    for (const pvlan of primaries)
      here.set(`${pvlan} ${verdict.mac}`, { port: verdict.port.name, nic: verdict.port.ifaceId });
  }
  if (here.size === 0) return [];
  const found: Contradiction[] = [];
  for (const { host: other, name, nic, mac, role, moving } of facts.endpoints) {
    const mine = here.get(`${role.primary} ${mac}`);
    if (other === host || moving || mine === undefined) continue;
    const kind = nic !== '' && nic === mine.nic ? 'dual' : 'guest';
    found.push({ kind, pvlan: role.primary, mac, port: mine.port, host: other, otherPort: name });
  }
  for (const { host: other, pvlan, mac, port } of facts.routers) {
    const mine = here.get(`${pvlan} ${mac}`);
    if (other === host || mine === undefined) continue;
    found.push({ kind: 'router', pvlan, mac, port: mine.port, host: other, otherPort: port });
  }
  return found;
}

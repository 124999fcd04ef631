import type { NumberedGuest, PrimarySetting } from './bridge-plan.ts';
import { Trait } from './registers.ts';

/** What a guest of `plan` is held to, as bits of `Trait`; a guest of no known plan has none of the plan's guards. */
export function traitsOf({ addresses }: NumberedGuest, plan: PrimarySetting | undefined): number {
  const guards = plan?.guards;
  const ofPlan = guards?.dhcpServer === true ? Trait.NO_DHCP_SERVER : 0;
  if (addresses === undefined) return ofPlan;
  const has = (family: 4 | 6): boolean => addresses.some((one) => one.family === family);
  return (
    ofPlan |
    Trait.PINNED |
    (guards?.otherProtocols === true ? Trait.IP_ONLY : 0) |
    (has(4) ? Trait.IPV4 : 0) |
    (has(6) ? Trait.IPV6 : 0) |
    (has(6) && guards?.linkLocal === 'any' ? Trait.LINK_LOCAL : 0)
  );
}

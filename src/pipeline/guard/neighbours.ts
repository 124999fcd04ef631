import type { Match } from '../../openflow/match.ts';
import type { NumberedGuest } from '../bridge-plan.ts';
import { Cause } from '../cause.ts';
import { Guard } from '../layout.ts';
import { ARP, ICMPV6, IPV6, Nd } from '../protocols.ts';
import { drop, pass, type Rule } from './rule.ts';

const NO_MAC = '00:00:00:00:00:00';

const nd = (icmpv6Type: number): Match => ({ ethType: IPV6, ipProto: ICMPV6, icmpv6Type });

/** What of neighbours is never a guest's to say, but for its own link-layer addresses and for what claims none. */
export function foreignNeighbours(): readonly Rule[] {
  return [
    pass(Guard.ANYONE, { ...nd(Nd.SOLICITATION), ndSll: { value: NO_MAC } }),
    pass(Guard.ANYONE, { ...nd(Nd.ADVERTISEMENT), ndTll: { value: NO_MAC } }),
    drop(Guard.CHECKED, Cause.FOREIGN_NEIGHBOUR, { ethType: ARP }),
    drop(Guard.CHECKED, Cause.FOREIGN_NEIGHBOUR, nd(Nd.SOLICITATION)),
    drop(Guard.CHECKED, Cause.FOREIGN_NEIGHBOUR, nd(Nd.ADVERTISEMENT)),
  ];
}

/** The link-layer addresses that a guest may claim: ARP's sender address, the options of IPv6 neighbour discovery. */
export function ownNeighbours({ mac, extraMacs, groupMacs = [], ofport }: NumberedGuest): readonly Rule[] {
  return [mac, ...extraMacs, ...groupMacs].flatMap((own) =>
    [
      { ethType: ARP, arpSha: { value: own } },
      { ...nd(Nd.SOLICITATION), ndSll: { value: own } },
      { ...nd(Nd.ADVERTISEMENT), ndTll: { value: own } },
    ].map((match) => pass(Guard.OWN, { ...match, inPort: ofport })),
  );
}

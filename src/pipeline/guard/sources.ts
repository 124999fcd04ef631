import type { Masked, Match } from '../../openflow/match.ts';
import type { VlanId } from '../../pvlan/vlan-id.ts';
import type { NumberedGuest } from '../bridge-plan.ts';
import { Cause } from '../cause.ts';
import { Guard } from '../layout.ts';
import { ARP, ICMPV6, IGMP, IPV4, IPV6, MLD_REPORTS, Nd, RARP, UDP } from '../protocols.ts';
import { knowing, Trait } from '../registers.ts';
import { LINK_LOCAL, SOMEBODYS, type OwnAddresses } from './addresses.ts';
import { drop, pass, type Rule } from './rule.ts';

const NO_IPV4 = { value: '0.0.0.0' };
const NO_IPV6 = { value: '::' };
const NO_MAC = { value: '00:00:00:00:00:00' };

const having = (traits: number, match: Match): Match => ({ ...match, regs: knowing({ traits }) });
const icmp = (icmpv6Type: number): Match => ({ ethType: IPV6, ipProto: ICMPV6, icmpv6Type });
const detection = (target: Masked<string>): Match => ({
  ...icmp(Nd.SOLICITATION),
  ipv6Src: NO_IPV6,
  ndTarget: target,
  ndSll: NO_MAC,
});

/** Both ways to use an address, and what it is called where it is somebody else's. */
function speaking(address: Masked<string>): readonly { readonly cause: Cause; readonly match: Match }[] {
  return [
    { cause: Cause.FOREIGN_ADDRESS, match: { ethType: IPV6, ipv6Src: address } },
    { cause: Cause.FOREIGN_NEIGHBOUR, match: detection(address) },
  ];
}

/**
 * What every guest with known IP addresses may send besides those: before it has one it may ask for it, by DHCP from 0.0.0.0, and
 * from `::` by router solicitations, and report its groups, by IGMP and MLD. A link-local address that is nobody else's is its own
 * where it may choose one. Nothing else passes.
 */
export function sourcesOfAll(): readonly Rule[] {
  return [
    pass(
      Guard.OWN,
      having(Trait.IPV4, {
        ethType: IPV4,
        ipv4Src: NO_IPV4,
        ipProto: UDP,
        udpSrc: { value: 68 },
        udpDst: { value: 67 },
      }),
    ),
    pass(Guard.OWN, having(Trait.IPV4, { ethType: IPV4, ipv4Src: NO_IPV4, ipProto: IGMP })),
    ...[Nd.ROUTER_SOLICITATION, ...MLD_REPORTS].map((type) =>
      pass(Guard.OWN, having(Trait.IPV6, { ...icmp(type), ipv6Src: NO_IPV6 })),
    ),
    ...SOMEBODYS.flatMap((theirs) =>
      speaking(theirs).map(({ cause, match }) => drop(Guard.OTHERS, cause, having(Trait.LINK_LOCAL, match))),
    ),
    ...[{ ethType: IPV6, ipv6Src: LINK_LOCAL }, detection(LINK_LOCAL)].map((match) =>
      pass(Guard.LINK_LOCAL, having(Trait.LINK_LOCAL, match)),
    ),
    ...[IPV4, IPV6].map((ethType) => drop(Guard.PINNED, Cause.FOREIGN_ADDRESS, having(Trait.PINNED, { ethType }))),
    drop(Guard.PINNED, Cause.FOREIGN_NEIGHBOUR, having(Trait.PINNED, { ethType: ARP })),
    drop(Guard.PINNED - 1, Cause.REFUSED_SERVICE, having(Trait.IP_ONLY, {})),
    pass(Guard.DEFAULT, {}),
  ];
}

/**
 * The sources of a guest with known addresses. Probes for an address (RFC 5227) and its detection as a duplicate (RFC 4862) pass
 * for its own alone, since they take it away from whoever is about to use it. Hypervisors tell the network where a guest has gone
 * by a RARP in its name.
 */
export function sourcesOf({ ofport, mac, extraMacs }: NumberedGuest, { v4, v6 }: OwnAddresses): readonly Rule[] {
  return [
    ...v4.flatMap((own) => [
      { ethType: IPV4, ipv4Src: own },
      { ethType: ARP, arpSpa: own },
      { ethType: ARP, arpSpa: NO_IPV4, arpTpa: own },
    ]),
    ...v6.flatMap((own) => [{ ethType: IPV6, ipv6Src: own }, detection(own)]),
    ...[mac, ...extraMacs].map((own) => ({ ethType: RARP, arpSha: { value: own }, arpSpa: NO_IPV4 })),
  ].map((match) => pass(Guard.OWN, { ...match, inPort: ofport }));
}

/** A link-local address that was listed for one guest is no other's to choose. */
export function listedLinkLocal({ addresses = [] }: NumberedGuest): readonly Masked<string>[] {
  return addresses
    .filter(({ address, length }) => length === 128 && address.startsWith('fe80::'))
    .map(({ address }) => ({ value: address }));
}

/** Keeps other guests of the primary VLAN from `theirs`. */
export function takenSources(primary: VlanId, theirs: readonly Masked<string>[]): readonly Rule[] {
  const regs = knowing({ primary, traits: Trait.LINK_LOCAL });
  return theirs.flatMap((one) =>
    speaking(one).map(({ cause, match }) => drop(Guard.OTHERS, cause, { ...match, regs })),
  );
}

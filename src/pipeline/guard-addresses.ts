import type { Masked, Match } from '../openflow/match.ts';
import type { IpPrefix } from '../pvlan/guest-facts.ts';
import type { Mac } from '../pvlan/mac.ts';
import type { NumberedGuest } from './bridge-plan.ts';
import { Guard } from './layout.ts';
import { linkLocalOf, prefixMatch } from './ip-match.ts';
import { ARP, ICMPV6, IPV4, IPV6, MLD_REPORTS, Nd, UDP } from './protocols.ts';

interface Rule {
  readonly priority: number;
  readonly match: Match;
  readonly passes: boolean;
}

const UNSPECIFIED = { 4: { value: '0.0.0.0' }, 6: { value: '::' } } as const;

/**
 * What a guest with known IP addresses may send: nothing of IPv4, ARP or IPv6 but with one of them as its source. Before it
 * has an address it may still ask for one: DHCP from 0.0.0.0, address probes (RFC 5227), and from `::` duplicate address
 * detection (RFC 4862), router solicitation and listener reports. Its link-local address by EUI-64 is known, too, as soon as
 * it has any IPv6 address.
 */
export function addressGuard(guest: NumberedGuest, addresses: readonly IpPrefix[]): readonly Rule[] {
  const macs = [guest.mac, ...guest.extraMacs];
  const v4 = addresses.filter(({ family }) => family === 4).map(prefixMatch);
  const v6 = addresses.filter(({ family }) => family === 6).map(prefixMatch);
  if (v6.length > 0) v6.push(...macs.map((mac) => ({ value: linkLocalOf(mac) })));
  return [
    ...[IPV4, ARP, IPV6].map((ethType) => ({ priority: Guard.PINNED, match: { ethType }, passes: false })),
    {
      priority: Guard.OWN,
      match: { ethType: IPV4, ipv4Src: UNSPECIFIED[4], ipProto: UDP, udpSrc: 68, udpDst: 67 },
      passes: true,
    },
    ...v4.map((source) => ({ priority: Guard.OWN, match: { ethType: IPV4, ipv4Src: source }, passes: true })),
    ...macs.flatMap((mac) => [UNSPECIFIED[4], ...v4].map((source) => arp(mac, source))),
    ...ipv6Rules(macs, v6),
  ];
}

function arp(mac: Mac, source: Masked<string>): Rule {
  return { priority: Guard.OWN, match: { ethType: ARP, arpSha: { value: mac }, arpSpa: source }, passes: true };
}

/** Neighbour discovery stands above the plain sources: its options and its target have to be the guest's own as well. */
function ipv6Rules(macs: readonly Mac[], sources: readonly Masked<string>[]): readonly Rule[] {
  if (sources.length === 0) return [];
  const icmp = (icmpv6Type: number): Match => ({ ethType: IPV6, ipProto: ICMPV6, icmpv6Type });
  const own = (match: Match): Rule => ({ priority: Guard.OWN, match, passes: true });
  const discovery = (match: Match, passes: boolean): Rule => ({
    priority: passes ? Guard.REFUSE - 1 : Guard.REFUSE - 2,
    match,
    passes,
  });
  const options = ['00:00:00:00:00:00', ...macs];
  return [
    ...sources.map((source) => own({ ethType: IPV6, ipv6Src: source })),
    ...[Nd.ROUTER_SOLICITATION, ...MLD_REPORTS].map((type) => own({ ...icmp(type), ipv6Src: UNSPECIFIED[6] })),
    discovery({ ...icmp(Nd.SOLICITATION), ipv6Src: UNSPECIFIED[6], ndSll: { value: '00:00:00:00:00:00' } }, true),
    ...sources.flatMap((source) =>
      options.map((option) => discovery({ ...icmp(Nd.SOLICITATION), ipv6Src: source, ndSll: { value: option } }, true)),
    ),
    ...sources.flatMap((target) =>
      options.map((option) =>
        discovery({ ...icmp(Nd.ADVERTISEMENT), ndTarget: target, ndTll: { value: option } }, true),
      ),
    ),
    discovery(icmp(Nd.SOLICITATION), false),
    discovery(icmp(Nd.ADVERTISEMENT), false),
  ];
}

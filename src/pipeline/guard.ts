import type { Flow } from '../openflow/flow.ts';
import { FRAGMENT, type Match } from '../openflow/match.ts';
import type { NumberedGuest, PrimaryPlan } from './bridge-plan.ts';
import type { BridgeView } from './bridge-view.ts';
import { BRIDGE_COOKIE, portCookie, primaryCookie } from './cookie.ts';
import { addressGuard } from './guard-addresses.ts';
import { Guard, type Layout } from './layout.ts';
import { ARP, ICMPV6, IPV4, IPV6, Nd, TAG_TYPES, UDP } from './protocols.ts';
import { knowing } from './registers.ts';

const NO_MAC = '00:00:00:00:00:00';

/**
 * A guest may speak of no address but its own, or it would draw another guest's traffic to itself through the router's
 * neighbour table: ARP's sender address, the link-layer options of IPv6 neighbour discovery, and, where they are known, IP
 * addresses. Frames that pass go on to the guest table.
 */
export function guardFlows(view: BridgeView, layout: Layout): readonly Flow[] {
  const flow = (priority: number, match: Match, passes: boolean, cookie = BRIDGE_COOKIE): Flow => ({
    table: layout.guard,
    priority,
    cookie,
    match,
    actions: [],
    ...(passes ? { gotoTable: layout.guest } : {}),
  });
  const nd = (type: number): Match => ({ ethType: IPV6, ipProto: ICMPV6, icmpv6Type: type });
  const forAll = (): readonly Flow[] => [
    ...TAG_TYPES.map((ethType) => flow(Guard.REFUSE, { ethType }, false)),
    ...view.plan.primaries.flatMap((plan) =>
      refusedServices(plan).map((match) => flow(Guard.REFUSE, match, false, primaryCookie(plan.primary))),
    ),
    // ovs-vswitchd reads no target where the options are malformed or repeated (lib/flow.c): such options prove nothing.
    ...[Nd.SOLICITATION, Nd.ADVERTISEMENT].map((type) =>
      flow(Guard.REFUSE, { ...nd(type), ndTarget: { value: '::' } }, false),
    ),
    // Neighbour discovery without the option claims no address.
    flow(Guard.ANYONE, { ...nd(Nd.SOLICITATION), ndSll: { value: NO_MAC } }, true),
    flow(Guard.ANYONE, { ...nd(Nd.ADVERTISEMENT), ndTll: { value: NO_MAC } }, true),
    flow(Guard.CHECKED, { ethType: ARP }, false),
    flow(Guard.CHECKED, nd(Nd.SOLICITATION), false),
    flow(Guard.CHECKED, nd(Nd.ADVERTISEMENT), false),
    flow(Guard.DEFAULT, {}, true),
  ];
  const forGuest = (guest: NumberedGuest): readonly Flow[] => {
    const cookie = portCookie(guest.ofport);
    const pinned = guest.addresses === undefined ? ownLinkLayer(guest) : addressGuard(guest, guest.addresses);
    return pinned.map(({ priority, match, passes }) =>
      flow(priority, { ...match, inPort: guest.ofport }, passes, cookie),
    );
  };
  return [
    ...view.memo.flows(view.plan.primaries, 'guards', forAll),
    ...view.guests.flatMap((guest) => view.memo.flows(guest, 'guarded', () => forGuest(guest))),
  ];
}

/** What a guest with unknown IP addresses may claim: its own link-layer addresses. */
function ownLinkLayer(guest: NumberedGuest): readonly { priority: number; match: Match; passes: boolean }[] {
  return [guest.mac, ...guest.extraMacs].flatMap((mac) => [
    { priority: Guard.OWN, match: { ethType: ARP, arpSha: { value: mac } }, passes: true },
    {
      priority: Guard.OWN,
      match: { ethType: IPV6, ipProto: ICMPV6, icmpv6Type: Nd.SOLICITATION, ndSll: { value: mac } },
      passes: true,
    },
    {
      priority: Guard.OWN,
      match: { ethType: IPV6, ipProto: ICMPV6, icmpv6Type: Nd.ADVERTISEMENT, ndTll: { value: mac } },
      passes: true,
    },
  ]);
}

/** Services that the operator forbids guests of a Private VLAN to offer. */
function refusedServices({ primary, guards }: PrimaryPlan): readonly Match[] {
  const regs = knowing({ primary });
  // Clients listen whatever the source port is. In a fragment no port can be seen, and the first one may hold a whole message.
  const dhcp = [
    { ethType: IPV4, udpSrc: 67 },
    { ethType: IPV4, udpDst: 68 },
    { ethType: IPV4, ipFrag: FRAGMENT },
    { ethType: IPV6, udpSrc: 547 },
    { ethType: IPV6, udpDst: 546 },
    { ethType: IPV6, ipFrag: FRAGMENT },
  ].map((match): Match => ({ regs, ipProto: UDP, ...match }));
  const advertisement = [Nd.ROUTER_ADVERTISEMENT, Nd.REDIRECT].map((icmpv6Type) => ({
    regs,
    ethType: IPV6,
    ipProto: ICMPV6,
    icmpv6Type,
  }));
  return [...(guards.dhcpServer ? dhcp : []), ...(guards.routerAdvertisement ? advertisement : [])];
}

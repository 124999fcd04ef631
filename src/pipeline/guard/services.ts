import type { Action } from '../../openflow/action.ts';
import type { Flow } from '../../openflow/flow.ts';
import { FRAGMENT, type Masked, type Match } from '../../openflow/match.ts';
import type { VlanId } from '../../pvlan/vlan-id.ts';
import type { NumberedGuest, PrimarySetting } from '../bridge-plan.ts';
import { Cause } from '../cause.ts';
import { BRIDGE_COOKIE } from '../cookie.ts';
import { Guard, type Layout } from '../layout.ts';
import { ICMPV6, IPV4, IPV6, Nd, UDP } from '../protocols.ts';
import { knowing, Trait } from '../registers.ts';
import { LINK_LOCAL, SOMEBODYS } from './addresses.ts';
import { drop, pass, type Rule } from './rule.ts';

/** The ports of servers and clients (RFC 2131, RFC 8415). */
const DHCP = [
  { ethType: IPV4, server: 67, client: 68 },
  { ethType: IPV6, server: 547, client: 546 },
] as const;

/** Ports below this one are compared whole. */
const LOW_PORTS: Masked<number> = { value: 0, mask: 0xf000 };

const advertisement: Match = { ethType: IPV6, ipProto: ICMPV6, icmpv6Type: Nd.ADVERTISEMENT };

/**
 * Notes the UDP ports of guests that may be no DHCP servers, in register 4 where they come from and in register 5 where they go
 * to. To compare them with 67 and 68 outright would leave the datapath a mask for each length of what two ports have in common
 * with those, 256 in all. This way it looks at a port whole or, above 4095, at its first four bits: four masks.
 */
export function portFlows(layout: Layout, forbidsDhcp: boolean): readonly Flow[] {
  const regs = knowing({ traits: Trait.NO_DHCP_SERVER });
  const sides = [true, false];
  const udp = DHCP.flatMap(({ ethType }) =>
    sides.flatMap((isLowSource) =>
      sides.map((isLowDestination): Flow => ({
        table: layout.port,
        priority: Guard.OWN + (isLowSource ? 2 : 0) + (isLowDestination ? 1 : 0),
        cookie: BRIDGE_COOKIE,
        match: {
          regs,
          ethType,
          ipProto: UDP,
          ...(isLowSource ? { udpSrc: LOW_PORTS } : {}),
          ...(isLowDestination ? { udpDst: LOW_PORTS } : {}),
        },
        actions: [note('udp_src', 'reg4', isLowSource), note('udp_dst', 'reg5', isLowDestination)],
        gotoTable: layout.service,
      })),
    ),
  );
  const others = { table: layout.port, priority: Guard.DEFAULT, cookie: BRIDGE_COOKIE, match: {}, actions: [] };
  return [...(forbidsDhcp ? udp : []), { ...others, gotoTable: layout.service }];
}

function note(field: 'udp_src' | 'udp_dst', register: 'reg4' | 'reg5', whole: boolean): Action {
  const offset = whole ? 0 : 12;
  const bits = 16 - offset;
  return { type: 'move', from: { field, offset, bits }, to: { field: register, offset, bits } };
}

/** Services that guests may not offer, and neighbours' addresses that guests with known ones may not advertise. */
export function servicesOfAll(forbidsDhcp: boolean): readonly Rule[] {
  const regs = knowing({ traits: Trait.NO_DHCP_SERVER });
  // Clients listen whatever the source port is. In a fragment no port can be seen, and the first one may hold a whole message.
  const dhcp = DHCP.flatMap(({ ethType, server, client }): readonly Match[] => [
    { ethType, ipProto: UDP, regs: { ...regs, 4: { value: server } } },
    { ethType, ipProto: UDP, regs: { ...regs, 5: { value: client } } },
    { ethType, ipProto: UDP, regs, ipFrag: FRAGMENT },
  ]);
  const having = (traits: number, match: Match): Match => ({ ...match, regs: knowing({ traits }) });
  return [
    ...(forbidsDhcp ? dhcp.map((match) => drop(Guard.REFUSE, Cause.REFUSED_SERVICE, match)) : []),
    ...SOMEBODYS.map((ndTarget) =>
      drop(Guard.OTHERS, Cause.FOREIGN_NEIGHBOUR, having(Trait.LINK_LOCAL, { ...advertisement, ndTarget })),
    ),
    pass(Guard.LINK_LOCAL, having(Trait.LINK_LOCAL, { ...advertisement, ndTarget: LINK_LOCAL })),
    drop(Guard.PINNED, Cause.FOREIGN_NEIGHBOUR, having(Trait.PINNED, advertisement)),
    pass(Guard.DEFAULT, {}),
  ];
}

/** Routers alone advertise routes, where the operator says so. */
export function refusedAdvertisements({ primary, guards }: PrimarySetting): readonly Rule[] {
  if (!guards.routerAdvertisement) return [];
  return [Nd.ROUTER_ADVERTISEMENT, Nd.REDIRECT].map((icmpv6Type) =>
    drop(Guard.REFUSE, Cause.REFUSED_SERVICE, {
      regs: knowing({ primary }),
      ethType: IPV6,
      ipProto: ICMPV6,
      icmpv6Type,
    }),
  );
}

/** Addresses that a guest with known ones may advertise. */
export function ownAdvertisements({ ofport }: NumberedGuest, own: readonly Masked<string>[]): readonly Rule[] {
  return own.map((ndTarget) => pass(Guard.OWN, { ...advertisement, ndTarget, inPort: ofport }));
}

/** Keeps other guests of the primary VLAN from advertising `theirs`. */
export function takenAdvertisements(primary: VlanId, theirs: readonly Masked<string>[]): readonly Rule[] {
  const regs = knowing({ primary, traits: Trait.LINK_LOCAL });
  return theirs.map((ndTarget) => drop(Guard.OTHERS, Cause.FOREIGN_NEIGHBOUR, { ...advertisement, ndTarget, regs }));
}

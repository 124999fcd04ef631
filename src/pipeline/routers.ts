import type { Dict } from '../base/dict.ts';
import type { Action } from '../openflow/action.ts';
import type { Flow } from '../openflow/flow.ts';
import type { Mac } from '../pvlan/mac.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import type { NumberedPromiscuous, PrimaryPlan } from './bridge-plan.ts';
import { portCookie } from './cookie.ts';
import { Step } from './layout.ts';
import { knowing } from './registers.ts';
import { outputTo, STRIP_TAG, tagWith } from './steps.ts';

/** The open promiscuous ports of one primary VLAN, by port; undefined: none. */
export type Routers = Dict<string, NumberedPromiscuous> | undefined;

/** Promiscuous ports by the address that they say is theirs. */
export type RoutersHere = ReadonlyMap<Mac, readonly NumberedPromiscuous[]>;

/** Those of a Private VLAN. A router on the move may be here or elsewhere: its frames take the way of unknown addresses. */
export function routersHere(routers: Routers): RoutersHere {
  const holders = new Map<Mac, NumberedPromiscuous[]>();
  for (const endpoint of routers?.values() ?? []) {
    if (endpoint.mac === undefined || endpoint.port.moving) continue;
    holders.set(endpoint.mac, [...(holders.get(endpoint.mac) ?? []), endpoint]);
  }
  return holders;
}

/** Those of which the like cannot be elsewhere. */
export function routersAtHome(routers: Routers, { localMacs }: PrimaryPlan): RoutersHere {
  return new Map([...routersHere(routers)].filter(([mac]) => localMacs.includes(mac)));
}

/** Outputs to promiscuous ports of `primary`: untagged to access ports, then tagged to trunks. */
export function toRouters(primary: VlanId, routers: Iterable<NumberedPromiscuous>): readonly Action[] {
  const ports = [...routers];
  const untagged = ports.filter((endpoint) => endpoint.getsUntagged && endpoint.role.primary === primary);
  const tagged = ports.filter((endpoint) => !untagged.includes(endpoint));
  return [
    ...(untagged.length === 0 ? [] : [STRIP_TAG, ...untagged.map((endpoint) => outputTo(endpoint.ofport))]),
    ...(tagged.length === 0 ? [] : [tagWith(primary), ...tagged.map((endpoint) => outputTo(endpoint.ofport))]),
  ];
}

/** Unicast to a router here goes to the ports that have its address alone, whoever sends it. */
export function routerFlows(primary: VlanId, table: number, here: RoutersHere): readonly Flow[] {
  return Array.from(here, ([mac, endpoints]) => ({
    table,
    priority: Step.EXACT,
    cookie: portCookie(endpoints[0]?.ofport ?? 0),
    match: { regs: knowing({ primary }), ethDst: { value: mac } },
    actions: toRouters(primary, endpoints),
  }));
}

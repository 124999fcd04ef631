import type { Action } from '../openflow/action.ts';
import type { Flow } from '../openflow/flow.ts';
import type { Mac } from '../pvlan/mac.ts';
import type { NumberedPromiscuous, PrimaryPlan } from './bridge-plan.ts';
import type { BridgeView } from './bridge-view.ts';
import { portCookie, primaryCookie } from './cookie.ts';
import { Step } from './layout.ts';
import { knowing } from './registers.ts';
import { GROUP_ADDRESS, outputTo, STRIP_TAG } from './steps.ts';

/** Senders of one kind (a community, or 0 for isolated ones) and how their frames travel. */
export interface Reach {
  readonly view: BridgeView;
  readonly plan: PrimaryPlan;
  readonly table: number;
  readonly community: number;
  /** Whether promiscuous ports here are reached by name; otherwise NORMAL reaches them. */
  readonly promiscuous: boolean;
  /** Adds to outputs here what carries the frame to other switches. */
  readonly carried: (outputs: readonly Action[]) => readonly Action[];
}

/** Flows by which such senders reach members of their community and promiscuous ports of this bridge. */
export function reachFlows({ view, plan, table, community, promiscuous, carried }: Reach): readonly Flow[] {
  const { primary } = plan;
  const regs = knowing({ primary, community });
  const members = view.members(primary, community);
  const everyRouter = promiscuous ? view.toPromiscuous(primary) : [];
  const toMembers = members.length === 0 ? [] : [STRIP_TAG, ...members.map((member) => outputTo(member.ofport))];

  const toMember = view.byHolder(members, `hears community ${community} in table ${table}`, (mac, holders) => {
    const outputs = [STRIP_TAG, ...holders.map((holder) => outputTo(holder.ofport))];
    return {
      table,
      priority: Step.EXACT,
      cookie: portCookie(holders[0]?.ofport ?? 0),
      match: { regs, ethDst: { value: mac } },
      // A member on the move may be here or elsewhere.
      actions: holders.some((holder) => holder.port.moving) ? carried(outputs) : outputs,
    };
  });
  const flows = [...toMember];
  if (members.length > 0 || promiscuous) {
    flows.push({
      table,
      priority: Step.GROUP,
      cookie: primaryCookie(primary),
      match: { regs, ethDst: GROUP_ADDRESS },
      // Outputs here come before the input port is forgotten: the switch never sends a frame back to it.
      actions: carried([...toMembers, ...everyRouter]),
    });
  }
  if (promiscuous) {
    flows.push({
      table,
      priority: Step.DEFAULT,
      cookie: primaryCookie(primary),
      match: { regs },
      actions: carried(everyRouter),
    });
  }
  return flows;
}

/** Unicast to a router here goes to the ports that have its address alone, whoever sends it. */
export function routerFlows(
  view: BridgeView,
  { primary }: PrimaryPlan,
  table: number,
  routers: RoutersHere,
): readonly Flow[] {
  return Array.from(routers, ([mac, endpoints]) => ({
    table,
    priority: Step.EXACT,
    cookie: portCookie(endpoints[0]?.ofport ?? 0),
    match: { regs: knowing({ primary }), ethDst: { value: mac } },
    actions: view.toPromiscuous(primary, new Set(endpoints)),
  }));
}

/** Promiscuous ports by the address that they say is theirs. */
export type RoutersHere = ReadonlyMap<Mac, readonly NumberedPromiscuous[]>;

/** Those of a Private VLAN. A router on the move may be here or elsewhere: its frames take the way of unknown addresses. */
export function routersHere(view: BridgeView, { primary }: PrimaryPlan): RoutersHere {
  const holders = new Map<Mac, NumberedPromiscuous[]>();
  for (const endpoint of view.promiscuous) {
    if (endpoint.mac === undefined || !endpoint.primaries.includes(primary) || endpoint.port.moving) continue;
    holders.set(endpoint.mac, [...(holders.get(endpoint.mac) ?? []), endpoint]);
  }
  return holders;
}

/** Those of which the like cannot be elsewhere. */
export function routersAtHome(view: BridgeView, plan: PrimaryPlan): RoutersHere {
  return new Map([...routersHere(view, plan)].filter(([mac]) => plan.localMacs.includes(mac)));
}

import type { Dict } from '../base/dict.ts';
import type { Action } from '../openflow/action.ts';
import type { Flow } from '../openflow/flow.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import type { PrimaryPlan, PrimarySetting } from './bridge-plan.ts';
import { taggedFlows } from './classify.ts';
import type { BridgeContext, GuestContext } from './context.ts';
import { primaryCookie } from './cookie.ts';
import { membersOf, toList, type FloodList } from './flood-list.ts';
import { refusedAdvertisements } from './guard/services.ts';
import { ruleFlows } from './guard/rule.ts';
import { Step, type Layout } from './layout.ts';
import { homeFlows } from './learning.ts';
import { refusedByPrimary } from './refused.ts';
import { handToNormal } from './normal-source.ts';
import { knowing } from './registers.ts';
import { routerFlows, routersAtHome, routersHere, toRouters, type Routers } from './routers.ts';
import { GROUP_ADDRESS, NORMAL, STRIP_TAG } from './steps.ts';
import { strangersRefused } from './stranger.ts';
import { vlansOf } from './vlans.ts';
import { senderFlows } from './wire.ts';

/** The flows of a primary VLAN, its flood lists aside. */
export function primaryFlows(plan: PrimaryPlan, routers: Routers, context: BridgeContext): readonly Flow[] {
  const { layout } = context;
  const { primary } = plan;
  return [
    ...taggedFlows(plan, context),
    ...ruleFlows(layout, refusedAdvertisements(plan), layout.service, layout.guest, primaryCookie(primary)),
    ...strangersRefused(plan, layout),
    ...refusedByPrimary(plan, layout),
    ...senderFlows(plan, layout),
    ...homeFlows(plan, routersAtHome(routers, plan), layout),
    ...fromGuests(plan, routers, context),
  ];
}

/**
 * What becomes of guests' frames, but for those to members of a community. NORMAL carries them in the guest's VLAN to other switches,
 * and in single mode to promiscuous ports here too; it cannot deliver to parked ports. In secondary mode those are reached by name.
 */
function fromGuests(plan: PrimaryPlan, routers: Routers, context: BridgeContext): readonly Flow[] {
  const { layout, normalSource } = context;
  const { primary, wire } = plan;
  if (wire.kind === 'single') {
    const others: Flow = {
      table: layout.guest,
      priority: Step.DEFAULT,
      cookie: primaryCookie(primary),
      match: { regs: knowing({ primary }) },
      actions: handToNormal(primary, normalSource),
    };
    // A router that is here and nowhere else needs no learned address: its port tells.
    return [...routerFlows(primary, layout.guest, routersAtHome(routers, plan)), others];
  }
  const here = routersHere(routers);
  const everyRouter = toRouters(primary, routers?.values() ?? []);
  return [
    ...routerFlows(primary, layout.guest, here),
    ...routerFlows(primary, layout.secondary, here),
    ...secondaryWays(plan, context).map(({ table, community, carried }): Flow => ({
      table,
      priority: Step.DEFAULT,
      cookie: primaryCookie(primary),
      match: { regs: knowing({ primary, community }) },
      actions: carried(everyRouter),
    })),
  ];
}

/** Frames for a group, from routers: NORMAL does the rest. */
export function fromRoutersToAll({ primary }: PrimaryPlan, list: FloodList | undefined, layout: Layout): Flow {
  const outputs = toList(list, layout);
  return {
    table: layout.promiscuous,
    priority: Step.GROUP,
    cookie: primaryCookie(primary),
    match: { regs: knowing({ primary }), ethDst: GROUP_ADDRESS },
    // NORMAL first: it needs the frame as it came in. Guests get it untagged.
    actions: outputs.length === 0 ? [NORMAL, STRIP_TAG] : [NORMAL, ...outputs],
  };
}

/** How frames of a community, or of isolated guests (0), travel from one table. */
interface Way {
  readonly table: number;
  readonly community: number;
  /** Adds to outputs here what carries the frame to other switches. */
  readonly carried: (outputs: readonly Action[]) => readonly Action[];
}

function secondaryWays(plan: PrimaryPlan, { displaced, layout, normalSource }: BridgeContext): readonly Way[] {
  return vlansOf(plan, displaced)
    .filter(({ vlan }) => vlan !== plan.primary)
    .flatMap(({ community, vlan }): Way[] => [
      { table: layout.guest, community, carried: (outputs) => [...outputs, ...handToNormal(vlan, normalSource)] },
      // NORMAL first: it needs the frame as it came in.
      { table: layout.secondary, community, carried: (outputs) => [NORMAL, ...outputs] },
    ]);
}

/** Frames for a group from a member of a community, in single mode: to the members here, by name, and to other switches. */
export function fromMembersToMembers(
  list: FloodList,
  setting: PrimarySetting,
  { layout, normalSource }: GuestContext,
): readonly Flow[] {
  const { primary, wire } = setting;
  if (wire.kind !== 'single') return [];
  const carried = (outputs: readonly Action[]): readonly Action[] => [
    ...outputs,
    ...handToNormal(primary, normalSource),
  ];
  return [groupFlow(primary, { table: layout.guest, community: list.community, carried }, toList(list, layout))];
}

/** The same in secondary mode, from guests of every kind: to routers here by name, too. `lists`: those of the communities. */
export function fromGuestsToGroups(
  plan: PrimaryPlan,
  routers: Routers,
  lists: Dict<string, FloodList> | undefined,
  context: BridgeContext,
): readonly Flow[] {
  const { primary, wire } = plan;
  if (wire.kind !== 'secondary') return [];
  const everyRouter = toRouters(primary, routers?.values() ?? []);
  return secondaryWays(plan, context).map((way) => {
    const list = way.community === 0 ? undefined : lists?.get(membersOf(primary, way.community));
    return groupFlow(primary, way, [...toList(list, context.layout), ...everyRouter]);
  });
}

function groupFlow(primary: VlanId, { table, community, carried }: Way, outputs: readonly Action[]): Flow {
  return {
    table,
    priority: Step.GROUP,
    cookie: primaryCookie(primary),
    match: { regs: knowing({ primary, community }), ethDst: GROUP_ADDRESS },
    // Outputs here come before the input port is forgotten: the switch never sends a frame back to it.
    actions: carried(outputs),
  };
}

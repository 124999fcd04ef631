import { Derivation } from '../base/derivation.ts';
import { Dict } from '../base/dict.ts';
import type { Flow } from '../openflow/flow.ts';
import type { Verdict } from '../pvlan/verdict.ts';
import { routerArrivals, wireArrivals, otherArrivals } from './arrival.ts';
import { bondFlows, type AddressHere } from './bond.ts';
import type { BridgePlan, NumberedGuest, NumberedPromiscuous, PrimaryPlan } from './bridge-plan.ts';
import { floorFlows, nativeFlows, parkingFlow, twiceTaggedFlows, untaggedRouterFlows } from './classify.ts';
import { contextsOf, type BridgeContext, type GuestContext } from './context.ts';
import { floodList, listsOf, sliceFlows, type FloodList, type Listed } from './flood-list.ts';
import { guardFlows } from './guard/guard.ts';
import { communityOf, guestFlows } from './guest.ts';
import { Step, type Layout } from './layout.ts';
import { learningFlows } from './learning.ts';
import { behindTagFlows, nothingBehindTag, promiscuousBehindTag } from './nested.ts';
import { fromGuestsToGroups, fromMembersToMembers, fromRoutersToAll, primaryFlows } from './primary.ts';
import { refusedOtherwise } from './refused.ts';
import { reservedFlows } from './reserved.ts';
import { routersHere } from './routers.ts';
import { guestsSituations, sharedFlows } from './shared.ts';
import { NORMAL } from './steps.ts';
import { pinnedFlows } from './stranger.ts';
import { switchedNormally } from './switched.ts';
import { tunnelFlows } from './tunnel.ts';

/** The flows of one thing: a port, a primary VLAN, a flood list. */
export type Chunk = readonly Flow[];

/** Flows in chunks, by whatever they belong to: what has not changed is the same object as in the round before. */
export interface Compiled {
  readonly parts: readonly Dict<string, Chunk>[];
  readonly derivation: Derivation;
}

/**
 * The flows that make a bridge behave as its verdicts say. Pure, and the same for the same plan. A bridge of a host without Private
 * VLANs gets none but what closes ports. `last` makes it cost what has changed, and one slice of each flood list, and changes nothing
 * of what comes out.
 */
export function compile(plan: BridgePlan, layout: Layout, last?: Compiled): Compiled {
  const now = new Derivation(last?.derivation);
  const { verdicts, closed, bare, primaries } = plan;
  const kinds = now.group('kinds', verdicts, ({ kind }) => [kind]);
  const of = <K extends Verdict['kind']>(kind: K): Dict<string, Extract<Verdict, { kind: K }>> =>
    // The group of a kind has verdicts of that kind alone.
    (kinds.get(kind) ?? Dict.empty<string, Verdict>()) as Dict<string, Extract<Verdict, { kind: K }>>;
  const contexts = contextsOf(now, plan, of('wire'), layout);
  const floor = floors(now, plan, layout);
  const bridge = now.once('bridge', [contexts.bridge, floor.size === 0], () => [
    bridgeFlows(contexts.bridge, floor.size > 0),
  ]);
  const whole = now.once('whole', [bridge], () =>
    Dict.of<string, Chunk>(bridge.map((chunk, index) => [String(index), chunk])),
  );
  if (primaries.length === 0) return { parts: [whole, floor], derivation: now };

  const guests = now.each('guests', [of('guest'), closed], [], (_, verdict, hold) =>
    verdict?.ofport === undefined || hold !== undefined ? undefined : (verdict as NumberedGuest),
  );
  const routers = now.each('routers', [of('promiscuous'), closed], [], (_, verdict, hold) =>
    verdict?.ofport === undefined || hold !== undefined ? undefined : (verdict as NumberedPromiscuous),
  );
  const situations = guestsSituations(now, guests, plan, contexts.bridge.settings);
  const guestChunks = now.each('guest chunks', [guests, situations.of], [contexts.guests], (_, guest, situation) =>
    guest === undefined || situation === undefined ? undefined : guestFlows(guest, situation, contexts.guests),
  );
  const routerChunks = now.each(
    'router chunks',
    [of('promiscuous'), routers, bare],
    [contexts.bridge],
    (_, verdict, open, isBare) =>
      verdict === undefined || isBare !== undefined ? undefined : routerFlows(verdict, open, contexts.bridge),
  );
  const others = (['wire', 'stranger'] as const).map((kind) =>
    now.each(`${kind} chunks`, [of(kind), bare], [contexts.bridge], (_, verdict, isBare) =>
      verdict === undefined || isBare !== undefined ? undefined : otherFlows(verdict, contexts.bridge),
    ),
  );
  return {
    parts: [
      whole,
      floor,
      ...others,
      bonds(now, of('wire'), guests, routers, contexts.bridge),
      ...primaryParts(now, plan, guests, routers, contexts),
      routerChunks,
      guestChunks,
      sharedFlows(now, situations, contexts.guests),
    ],
    derivation: now,
  };
}

function floors(now: Derivation, { verdicts, closed, bare }: BridgePlan, layout: Layout): Dict<string, Chunk> {
  return now.each('floor', [verdicts, closed, bare], [layout], (_, verdict, hold, isBare) => {
    if (verdict === undefined || isBare !== undefined) return undefined;
    const isClosed = verdict.kind === 'guest' || verdict.kind === 'quarantined';
    const isHeld = verdict.kind === 'promiscuous' && (hold !== undefined || verdict.ofport === undefined);
    const flows = isClosed || isHeld ? floorFlows(verdict, layout) : [];
    return flows.length === 0 ? undefined : flows;
  });
}

/** Flows that are there once on each bridge. */
function bridgeFlows(context: BridgeContext, isFloored: boolean): Chunk {
  const { settings, layout } = context;
  if (settings.length === 0) return isFloored ? [parkingFlow(layout)] : [];
  const isSecondary = settings.some(({ wire }) => wire.kind === 'secondary');
  return [
    parkingFlow(layout),
    ...twiceTaggedFlows(context),
    ...guardFlows(context),
    ...otherArrivals(context),
    // Switches speak to each other; NORMAL keeps to what the bridge itself does with that.
    ...(isSecondary ? reservedFlows(layout.secondary, Step.RESERVED, { actions: [NORMAL] }) : []),
    ...reservedFlows(layout.promiscuous, Step.RESERVED, { actions: [NORMAL] }),
    ...nothingBehindTag(context),
    ...learningFlows(layout),
    refusedOtherwise(layout),
    ...[layout.stranger, layout.wire, layout.promiscuous, layout.nested].map(switchedNormally),
  ];
}

function routerFlows(verdict: Verdict, open: NumberedPromiscuous | undefined, context: BridgeContext): Chunk {
  return [
    ...(open === undefined ? [] : untaggedRouterFlows(open, context.layout)),
    ...tunnelFlows(verdict, context),
    ...(open === undefined ? [] : routerArrivals(open, context)),
    ...behindTagFlows(verdict, context),
  ];
}

function otherFlows(verdict: Verdict, context: BridgeContext): Chunk {
  return [
    ...nativeFlows(verdict, context),
    ...tunnelFlows(verdict, context),
    ...(verdict.kind === 'wire' ? wireArrivals(verdict, context) : []),
    ...(verdict.kind === 'stranger' ? pinnedFlows(verdict, context) : []),
    ...behindTagFlows(verdict, context),
  ];
}

function bonds(
  now: Derivation,
  wires: Dict<string, Verdict>,
  guests: Dict<string, NumberedGuest>,
  routers: Dict<string, NumberedPromiscuous>,
  { settings, layout }: BridgeContext,
): Dict<string, Chunk> {
  const bonded = now.group('bonds', wires, ({ port }) => (port.bond === undefined ? [] : ['bonds'])).get('bonds');
  const further = now
    .group('further addresses', guests, ({ extraMacs }) => (extraMacs.length === 0 ? [] : ['further']))
    .get('further');
  const here = now.once('addresses here', [further, routers, settings], (): readonly AddressHere[] => {
    const primaries = new Set(settings.map(({ primary }) => primary));
    const ofRouters = settings.flatMap(({ primary }) => {
      const ofPrimary = Dict.of(Array.from(routers).filter(([, router]) => router.primaries.includes(primary)));
      return Array.from(routersHere(ofPrimary).keys(), (mac) => ({ primary, mac }));
    });
    const ofGuests = Array.from(further?.values() ?? []).flatMap(({ role: { primary }, extraMacs }) =>
      primaries.has(primary) ? extraMacs.map((mac) => ({ primary, mac })) : [],
    );
    return [...new Map([...ofRouters, ...ofGuests].map((one) => [`${one.primary} ${one.mac}`, one])).values()];
  });
  return now.each('bond chunks', [bonded ?? Dict.empty<string, Verdict>()], [here, layout], (_, verdict) =>
    verdict === undefined ? undefined : bondFlows(verdict, here, layout),
  );
}

function primaryParts(
  now: Derivation,
  { primaries }: BridgePlan,
  guests: Dict<string, NumberedGuest>,
  routers: Dict<string, NumberedPromiscuous>,
  contexts: { readonly guests: GuestContext; readonly bridge: BridgeContext },
): readonly Dict<string, Chunk>[] {
  const { layout, displaced } = contexts.guests;
  const plans = now.once('plans', [primaries], () =>
    Dict.of<string, PrimaryPlan>(primaries.map((plan) => [String(plan.primary), plan])),
  );
  const routersOf = now.group('routers of primaries', routers, (router) => router.primaries.map(String));
  const listed = now.each('listed', [guests], [displaced], (_, guest): Listed | undefined =>
    guest === undefined
      ? undefined
      : { ofport: guest.ofport, primary: guest.role.primary, community: communityOf(guest, displaced) },
  );
  const lists = floodLists(now, now.group('members', listed, listsOf), layout);
  const ofCommunities = now.each('communities’ lists', [lists], [], (_, list) =>
    list === undefined || list.community === 0 ? undefined : list,
  );
  const listsOfPrimary = now.group('lists of primaries', ofCommunities, ({ primary }) => [String(primary)]);
  const settings = new Map(contexts.bridge.settings.map((setting) => [setting.primary, setting]));
  const settingOf = now.each('settings of lists', [ofCommunities], [contexts.bridge.settings], (_, list) =>
    list === undefined ? undefined : settings.get(list.primary),
  );
  return [
    now.each('primary chunks', [plans, routersOf], [contexts.bridge], (_, plan, here) =>
      plan === undefined ? undefined : primaryFlows(plan, here, contexts.bridge),
    ),
    now.each(
      'from routers to all',
      [plans, lists],
      [layout],
      // The list of everyone is called as the primary VLAN is.
      (_, plan, all) => (plan === undefined ? undefined : [fromRoutersToAll(plan, all, layout)]),
    ),
    now.each(
      'from guests to groups',
      [plans, routersOf, listsOfPrimary],
      [contexts.bridge],
      (_, plan, here, ofPrimary) =>
        plan === undefined ? undefined : fromGuestsToGroups(plan, here, ofPrimary, contexts.bridge),
    ),
    now.each('from members to members', [ofCommunities, settingOf], [contexts.guests], (_, list, setting) =>
      list === undefined || setting === undefined ? undefined : fromMembersToMembers(list, setting, contexts.guests),
    ),
    now.each('slices', [lists], [], (_, list) => (list === undefined ? undefined : sliceFlows(list))),
    now.once('behind tags', [primaries, layout], () =>
      Dict.of<string, Chunk>([['all', promiscuousBehindTag(primaries, layout)]]),
    ),
  ];
}

function floodLists(
  now: Derivation,
  members: Dict<string, Dict<string, Listed>>,
  layout: Layout,
): Dict<string, FloodList> {
  interface Known {
    readonly layout: Layout;
    readonly members: Dict<string, Dict<string, Listed>>;
    readonly lists: Dict<string, FloodList>;
  }
  return now.fold<Known>('lists', (last) => {
    const before = last?.layout === layout ? last : undefined;
    let lists = before?.lists ?? Dict.empty<string, FloodList>();
    for (const { key, after } of Dict.differences(
      before?.members ?? Dict.empty<string, Dict<string, Listed>>(),
      members,
    )) {
      lists = lists.put(key, after === undefined ? undefined : floodList(key, lists.get(key), after, layout));
    }
    return { layout, members, lists };
  }).lists;
}

/** Every flow of a compilation; of several with one identity the last one counts. */
export function flowsOf({ parts }: Compiled): readonly Flow[] {
  return parts.flatMap((part) => [...part.values()].flat());
}

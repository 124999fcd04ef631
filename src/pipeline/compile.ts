import { Derivation } from '../base/derivation.ts';
import { Dict } from '../base/dict.ts';
import type { Flow } from '../openflow/flow.ts';
import type { Verdict } from '../pvlan/verdict.ts';
import { routerArrivals, wireArrivals, otherArrivals } from './arrival.ts';
import { bondChunks } from './bond.ts';
import type { BridgePlan, Chunk, NumberedGuest, NumberedPromiscuous } from './bridge-plan.ts';
import { primaryParts } from './compile-primaries.ts';
import { floorFlows, nativeFlows, parkingFlow, twiceTaggedFlows, untaggedRouterFlows } from './classify.ts';
import { contextsOf, type BridgeContext } from './context.ts';
import { guardFlows } from './guard/guard.ts';
import { guestFlows } from './guest.ts';
import { Step, type Layout } from './layout.ts';
import { learningFlows } from './learning.ts';
import { behindTagFlows, nothingBehindTag } from './nested.ts';
import { refusedOtherwise } from './refused.ts';
import { reservedFlows } from './reserved.ts';
import { guestsSituations, sharedFlows } from './shared.ts';
import { NORMAL } from './steps.ts';
import { pinnedFlows } from './stranger.ts';
import { switchedNormally } from './switched.ts';
import { tunnelFlows } from './tunnel.ts';

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
      bondChunks(now, of('wire'), guests, routers, contexts.bridge),
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

/** Every flow of a compilation; of several with one identity the last one counts. */
export function flowsOf({ parts }: Compiled): readonly Flow[] {
  return parts.flatMap((part) => [...part.values()].flat());
}

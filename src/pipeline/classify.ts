import type { Flow } from '../openflow/flow.ts';
import { taggedWith, UNTAGGED_OR_PRIORITY } from '../openflow/match.ts';
import type { Verdict } from '../pvlan/verdict.ts';
import { PARKING_VLAN } from '../pvlan/vlan-id.ts';
import { carriesUntagged } from '../pvlan/vlan-setting.ts';
import type { NumberedGuest, NumberedPromiscuous, PrimarySetting } from './bridge-plan.ts';
import { because, Cause, portBecause } from './cause.ts';
import type { BridgeContext } from './context.ts';
import { BRIDGE_COOKIE, portCookie, primaryCookie } from './cookie.ts';
import type { Layout } from './layout.ts';
import { TAG_TYPES } from './protocols.ts';
import { remember } from './registers.ts';
import { FORGET_TAG } from './steps.ts';
import { traitsOf } from './traits.ts';
import { vlansOf } from './vlans.ts';

// Table 0: sorts frames by the port they came in by. What it does not name goes on as before: foreign flows and the bridge's own NORMAL.

/** Frames in the VLAN of parked ports go nowhere. */
export function parkingFlow({ classify, priorities }: Layout): Flow {
  const match = { vlan: taggedWith(PARKING_VLAN) };
  return {
    table: classify,
    priority: priorities.PARKING_VLAN,
    cookie: because(Cause.PARKING_VLAN),
    match,
    actions: [],
  };
}

/** The floor under guests of a Private VLAN, quarantined ports and closed endpoints: what no flow above allows is dropped. */
export function floorFlows({ port: { ofports } }: Verdict, { classify, priorities }: Layout): readonly Flow[] {
  return ofports.map((ofport) => ({
    table: classify,
    priority: priorities.CLOSED,
    cookie: portBecause(Cause.FLOOR, ofport),
    match: { inPort: ofport },
    actions: [],
  }));
}

/**
 * A guest speaks untagged or priority-tagged and under an address of its own; who it is, is remembered. Its tag goes, or it would
 * choose the type of the tag that its frames have on the way.
 */
export function speakingFlows(
  guest: NumberedGuest,
  community: number,
  setting: PrimarySetting | undefined,
  layout: Layout,
): readonly Flow[] {
  const facts = { primary: guest.role.primary, community, traits: traitsOf(guest, setting) };
  return [guest.mac, ...guest.extraMacs].map((mac) => ({
    table: layout.classify,
    priority: layout.priorities.GUEST,
    cookie: portCookie(guest.ofport),
    match: { inPort: guest.ofport, vlan: UNTAGGED_OR_PRIORITY, ethSrc: { value: mac } },
    actions: [...FORGET_TAG, ...remember(facts)],
    gotoTable: layout.guard,
  }));
}

/** Tells an open guest's frames from foreign addresses from those with a tag, which are left to the floor under it. */
export function foreignFlow({ ofport }: NumberedGuest, { classify, priorities }: Layout): Flow {
  return {
    table: classify,
    priority: priorities.FOREIGN,
    cookie: portBecause(Cause.FOREIGN_MAC, ofport),
    match: { inPort: ofport, vlan: UNTAGGED_OR_PRIORITY },
    actions: [],
  };
}

/** A promiscuous access port's frames belong to its primary VLAN whatever their source. */
export function untaggedRouterFlows(router: NumberedPromiscuous, layout: Layout): readonly Flow[] {
  if (!router.untagged) return [];
  return [
    {
      table: layout.classify,
      priority: layout.priorities.PROMISCUOUS,
      cookie: portCookie(router.ofport),
      match: { inPort: router.ofport, vlan: UNTAGGED_OR_PRIORITY },
      actions: remember({ primary: router.role.primary }),
      gotoTable: layout.promiscuous,
    },
  ];
}

/** A port whose untagged frames are in a Private VLAN though it is no endpoint of it: a native VLAN, a bond's access VLAN. */
export function nativeFlows(verdict: Verdict, { vlans, going, layout }: BridgeContext): readonly Flow[] {
  const { kind, port } = verdict;
  if (kind !== 'wire' && kind !== 'stranger') return [];
  return vlans
    .filter((one) => carriesUntagged(port.vlan, one.vlan))
    .flatMap((facts) =>
      port.ofports.flatMap((ofport): Flow[] => [
        {
          table: layout.classify,
          priority: layout.priorities.NATIVE,
          cookie: portCookie(ofport),
          match: { inPort: ofport, vlan: UNTAGGED_OR_PRIORITY },
          actions: remember(facts),
          gotoTable: kind === 'wire' ? layout.wire : layout.stranger,
        },
        // The tag behind a priority tag comes out where the VLAN leaves the bridge without one.
        ...(kind === 'stranger' && going.includes(facts.vlan) ? hidden(ofport, layout) : []),
      ]),
    );
}

function hidden(ofport: number, layout: Layout): readonly Flow[] {
  return TAG_TYPES.map((ethType) => ({
    table: layout.classify,
    priority: layout.priorities.HIDDEN,
    cookie: portCookie(ofport),
    match: { inPort: ofport, vlan: taggedWith(0), ethType },
    actions: [],
    gotoTable: layout.nested,
  }));
}

/** Frames tagged with a VLAN of a Private VLAN; the next table asks which kind of port brought them. */
export function taggedFlows(setting: PrimarySetting, { displaced, layout }: BridgeContext): readonly Flow[] {
  return vlansOf(setting, displaced).map((facts) => ({
    table: layout.classify,
    priority: layout.priorities.TAGGED,
    cookie: primaryCookie(setting.primary),
    match: { vlan: taggedWith(facts.vlan) },
    actions: remember(facts),
    gotoTable: layout.arrival,
  }));
}

/** Frames whose second tag would come out on their way, for the table that looks after them. */
export function twiceTaggedFlows({ going, layout }: BridgeContext): readonly Flow[] {
  return going.flatMap((vlan) =>
    TAG_TYPES.map((ethType) => ({
      table: layout.classify,
      priority: layout.priorities.NESTED,
      cookie: BRIDGE_COOKIE,
      match: { vlan: taggedWith(vlan), ethType },
      actions: [],
      gotoTable: layout.nested,
    })),
  );
}

import type { Flow } from '../openflow/flow.ts';
import { taggedWith, UNTAGGED_OR_PRIORITY } from '../openflow/match.ts';
import { PARKING_VLAN } from '../pvlan/vlan-id.ts';
import { carriesUntagged } from '../pvlan/vlan-setting.ts';
import type { BridgeView } from './bridge-view.ts';
import { because, Cause, portBecause } from './cause.ts';
import { BRIDGE_COOKIE, portCookie, primaryCookie } from './cookie.ts';
import type { Layout } from './layout.ts';
import { outerTagsThatGo } from './nested.ts';
import { TAG_TYPES } from './protocols.ts';
import { remember } from './registers.ts';
import { FORGET_TAG } from './steps.ts';
import { traitsOf } from './traits.ts';
import { tunnelFlows } from './tunnel.ts';
import { vlansOf } from './vlans.ts';

/**
 * Table 0: sorts frames by the port they came in by. What it does not name goes on as before: foreign flows and the bridge's
 * own NORMAL.
 */
export function classifyFlows(view: BridgeView, layout: Layout): readonly Flow[] {
  const flows = [
    ...closedPorts(view, layout),
    ...guests(view, layout),
    ...foreign(view, layout),
    ...promiscuous(view, layout),
    ...natives(view, layout),
    ...tunnelFlows(view, layout),
    ...tagged(view, layout),
    ...nested(view, layout),
  ];
  if (flows.length === 0) return flows;
  const noFrameIsParked: Flow = {
    table: layout.classify,
    priority: layout.priorities.PARKING_VLAN,
    cookie: because(Cause.PARKING_VLAN),
    match: { vlan: taggedWith(PARKING_VLAN) },
    actions: [],
  };
  return [noFrameIsParked, ...flows];
}

/** The floor under guests of a Private VLAN, quarantined ports and unsettled ones: what no flow above allows is dropped. */
function closedPorts({ plan, memo }: BridgeView, layout: Layout): readonly Flow[] {
  return plan.verdicts
    .filter(
      (verdict) =>
        verdict.kind === 'guest' ||
        verdict.kind === 'quarantined' ||
        (verdict.kind === 'promiscuous' && !plan.settled.has(verdict)),
    )
    .flatMap((verdict) =>
      memo.flows(verdict, 'closed', () =>
        verdict.port.ofports.map((ofport) => ({
          table: layout.classify,
          priority: layout.priorities.CLOSED,
          cookie: portBecause(Cause.FLOOR, ofport),
          match: { inPort: ofport },
          actions: [],
        })),
      ),
    );
}

/**
 * A guest speaks untagged or priority-tagged and under an address of its own; who it is, is remembered. Its tag goes, or it would
 * choose the type of the tag that its frames have on the way.
 */
function guests(view: BridgeView, layout: Layout): readonly Flow[] {
  const plans = new Map(view.plan.primaries.map((plan) => [plan.primary, plan]));
  return view.guests.flatMap((guest) => {
    const { primary } = guest.role;
    const facts = { primary, community: view.communityOf(guest), traits: traitsOf(guest, plans.get(primary)) };
    return view.memo.flows(guest, `speaks for ${facts.community} with traits ${facts.traits}`, () =>
      [guest.mac, ...guest.extraMacs].map((mac) => ({
        table: layout.classify,
        priority: layout.priorities.GUEST,
        cookie: portCookie(guest.ofport),
        match: { inPort: guest.ofport, vlan: UNTAGGED_OR_PRIORITY, ethSrc: { value: mac } },
        actions: [...FORGET_TAG, ...remember(facts)],
        gotoTable: layout.guard,
      })),
    );
  });
}

/** Tells an open guest's frames from foreign addresses from those with a tag, which are left to the floor under it. */
function foreign({ guests: open, memo }: BridgeView, layout: Layout): readonly Flow[] {
  return open.flatMap((guest) =>
    memo.flows(guest, 'foreign addresses', () => [
      {
        table: layout.classify,
        priority: layout.priorities.FOREIGN,
        cookie: portBecause(Cause.FOREIGN_MAC, guest.ofport),
        match: { inPort: guest.ofport, vlan: UNTAGGED_OR_PRIORITY },
        actions: [],
      },
    ]),
  );
}

/** A promiscuous access port's frames belong to its primary VLAN whatever their source. */
function promiscuous(view: BridgeView, layout: Layout): readonly Flow[] {
  return view.promiscuous
    .filter((endpoint) => endpoint.untagged)
    .map((endpoint) => ({
      table: layout.classify,
      priority: layout.priorities.PROMISCUOUS,
      cookie: portCookie(endpoint.ofport),
      match: { inPort: endpoint.ofport, vlan: UNTAGGED_OR_PRIORITY },
      actions: remember({ primary: endpoint.role.primary }),
      gotoTable: layout.promiscuous,
    }));
}

/** Ports whose untagged frames are in a Private VLAN though they are no endpoint of it: a native VLAN, a bond's access VLAN. */
function natives(view: BridgeView, layout: Layout): readonly Flow[] {
  const flows: Flow[] = [];
  const vlans = view.plan.primaries.flatMap((primary) => vlansOf(primary, view));
  const going = new Set<number>(outerTagsThatGo(view));
  for (const verdict of view.plan.verdicts) {
    if (verdict.kind !== 'wire' && verdict.kind !== 'stranger') continue;
    for (const facts of vlans.filter((one) => carriesUntagged(verdict.port.vlan, one.vlan))) {
      for (const ofport of verdict.port.ofports) {
        flows.push({
          table: layout.classify,
          priority: layout.priorities.NATIVE,
          cookie: portCookie(ofport),
          match: { inPort: ofport, vlan: UNTAGGED_OR_PRIORITY },
          actions: remember(facts),
          gotoTable: verdict.kind === 'wire' ? layout.wire : layout.stranger,
        });
        // The tag behind a priority tag comes out where the VLAN leaves the bridge without one.
        if (verdict.kind === 'stranger' && going.has(facts.vlan)) flows.push(...hidden(ofport, layout));
      }
    }
  }
  return flows;
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
function tagged(view: BridgeView, layout: Layout): readonly Flow[] {
  return view.plan.primaries.flatMap((plan) =>
    vlansOf(plan, view).map((facts) => ({
      table: layout.classify,
      priority: layout.priorities.TAGGED,
      cookie: primaryCookie(plan.primary),
      match: { vlan: taggedWith(facts.vlan) },
      actions: remember(facts),
      gotoTable: layout.arrival,
    })),
  );
}

/** Frames whose second tag would come out on their way, for the table that looks after them. */
function nested(view: BridgeView, layout: Layout): readonly Flow[] {
  if (view.plan.primaries.length === 0) return [];
  return outerTagsThatGo(view).flatMap((vlan) =>
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

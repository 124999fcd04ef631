import type { Action } from '../openflow/action.ts';
import type { Flow } from '../openflow/flow.ts';
import { taggedWith, UNTAGGED_OR_PRIORITY } from '../openflow/match.ts';
import { PARKING_VLAN } from '../pvlan/vlan-id.ts';
import { carriesUntagged } from '../pvlan/vlan-setting.ts';
import { openGuests, promiscuousPorts, type BridgePlan } from './bridge-plan.ts';
import { communityOf } from './community-of.ts';
import { BRIDGE_COOKIE, portCookie, primaryCookie } from './cookie.ts';
import { Classify, type Layout } from './layout.ts';
import { rememberCommunity, rememberPrimary } from './steps.ts';

/**
 * Table 0: sorts frames by the port they came in by. What it does not name goes on as before: foreign flows and the bridge's
 * own NORMAL.
 */
export function classifyFlows(plan: BridgePlan, layout: Layout): readonly Flow[] {
  const flows = [
    ...closedPorts(plan, layout),
    ...guests(plan, layout),
    ...promiscuous(plan, layout),
    ...natives(plan, layout),
  ];
  for (const primary of plan.primaries.keys()) {
    flows.push({
      table: layout.classify,
      priority: Classify.PRIMARY,
      cookie: primaryCookie(primary),
      match: { vlan: taggedWith(primary) },
      actions: [rememberPrimary(primary)],
      gotoTable: layout.arrival,
    });
  }
  if (flows.length === 0) return flows;
  const noFrameIsParked: Flow = {
    table: layout.classify,
    priority: Classify.PARKING_VLAN,
    cookie: BRIDGE_COOKIE,
    match: { vlan: taggedWith(PARKING_VLAN) },
    actions: [],
  };
  return [noFrameIsParked, ...flows];
}

/** The floor under guests of a Private VLAN, quarantined ports and unsettled ones: what no flow above allows is dropped. */
function closedPorts(plan: BridgePlan, layout: Layout): readonly Flow[] {
  return plan.verdicts
    .filter(
      (verdict) =>
        verdict.kind === 'guest' ||
        verdict.kind === 'quarantined' ||
        (verdict.kind === 'promiscuous' && !plan.settled.has(verdict)),
    )
    .flatMap((verdict) => verdict.port.ofports)
    .map((ofport) => ({
      table: layout.classify,
      priority: Classify.CLOSED,
      cookie: portCookie(ofport),
      match: { inPort: ofport },
      actions: [],
    }));
}

/** A guest speaks untagged or priority-tagged and under its own address; its role is remembered for the next table. */
function guests(plan: BridgePlan, layout: Layout): readonly Flow[] {
  const numbers = communityOf(plan);
  return openGuests(plan).map((guest) => {
    const actions: Action[] = [rememberPrimary(guest.role.primary)];
    const community = numbers(guest);
    if (community !== 0) actions.push(rememberCommunity(community));
    return {
      table: layout.classify,
      priority: Classify.GUEST,
      cookie: portCookie(guest.ofport),
      match: { inPort: guest.ofport, vlan: UNTAGGED_OR_PRIORITY, ethSrc: { value: guest.mac } },
      actions,
      gotoTable: layout.guest,
    };
  });
}

/** A promiscuous access port's frames belong to its primary VLAN whatever their source. */
function promiscuous(plan: BridgePlan, layout: Layout): readonly Flow[] {
  return promiscuousPorts(plan)
    .filter((endpoint) => endpoint.untagged)
    .map((endpoint) => ({
      table: layout.classify,
      priority: Classify.PROMISCUOUS,
      cookie: portCookie(endpoint.ofport),
      match: { inPort: endpoint.ofport, vlan: UNTAGGED_OR_PRIORITY },
      actions: [rememberPrimary(endpoint.role.primary)],
      gotoTable: layout.promiscuous,
    }));
}

/** Ports whose untagged frames are in a primary VLAN though they are no endpoint of it: a native VLAN, a bond's access VLAN. */
function natives(plan: BridgePlan, layout: Layout): readonly Flow[] {
  const flows: Flow[] = [];
  for (const verdict of plan.verdicts) {
    if (verdict.kind !== 'wire' && verdict.kind !== 'stranger') continue;
    for (const primary of plan.primaries.keys()) {
      if (!carriesUntagged(verdict.port.vlan, primary)) continue;
      for (const ofport of verdict.port.ofports) {
        flows.push({
          table: layout.classify,
          priority: Classify.NATIVE,
          cookie: portCookie(ofport),
          match: { inPort: ofport, vlan: UNTAGGED_OR_PRIORITY },
          actions: [rememberPrimary(primary)],
          gotoTable: verdict.kind === 'wire' ? layout.wire : layout.stranger,
        });
      }
    }
  }
  return flows;
}

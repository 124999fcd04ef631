import type { Flow } from '../openflow/flow.ts';
import type { Match } from '../openflow/match.ts';
import { carriesAll, carriesTagged } from '../pvlan/vlan-setting.ts';
import { promiscuousPorts, type BridgePlan } from './bridge-plan.ts';
import { BRIDGE_COOKIE, portCookie, primaryCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import { inPrimary, NORMAL } from './steps.ts';

/**
 * Who brought a frame tagged with a primary VLAN: a promiscuous trunk, a port that leads to other switches, or anyone else.
 * Only ports listed here are believed, so a port nobody has looked at yet is a stranger.
 */
export function arrivalFlows(plan: BridgePlan, layout: Layout): readonly Flow[] {
  const flows: Flow[] = [];
  const from = (ofport: number, priority: number, match: Match, gotoTable: number): void => {
    const flow = { table: layout.arrival, priority, cookie: portCookie(ofport), actions: [], gotoTable };
    flows.push({ ...flow, match: { ...match, inPort: ofport } });
  };
  for (const endpoint of promiscuousPorts(plan)) {
    if (endpoint.tagged)
      from(endpoint.ofport, Step.EXACT, { regs: inPrimary(endpoint.role.primary) }, layout.promiscuous);
  }
  for (const { kind, port } of plan.verdicts) {
    if (kind !== 'wire') continue;
    for (const ofport of port.ofports) {
      if (carriesAll(port.vlan)) {
        from(ofport, Step.GROUP, {}, layout.wire);
        continue;
      }
      for (const primary of plan.primaries.keys()) {
        if (carriesTagged(port.vlan, primary)) from(ofport, Step.GROUP, { regs: inPrimary(primary) }, layout.wire);
      }
    }
  }
  const anyoneElse: Flow = {
    table: layout.arrival,
    priority: Step.DEFAULT,
    cookie: BRIDGE_COOKIE,
    match: {},
    actions: [],
    gotoTable: layout.stranger,
  };
  return [...flows, anyoneElse];
}

/** A guest outside the Private VLAN must not put a promiscuous address on the wire: other hosts would believe it. */
export function strangerFlows(plan: BridgePlan, layout: Layout): readonly Flow[] {
  return [...bySource(plan, layout.stranger, undefined), toNormal(layout.stranger)];
}

/** On the wire a primary VLAN does not say who sent a frame; the list of promiscuous addresses does. */
export function wireFlows(plan: BridgePlan, layout: Layout): readonly Flow[] {
  return [...bySource(plan, layout.wire, layout.promiscuous), toNormal(layout.wire)];
}

function bySource(plan: BridgePlan, table: number, gotoTable: number | undefined): readonly Flow[] {
  return [...plan.primaries].flatMap(([primary, addresses]) =>
    [...addresses].map((mac) => ({
      table,
      priority: Step.EXACT,
      cookie: primaryCookie(primary),
      match: { regs: inPrimary(primary), ethSrc: { value: mac } },
      actions: [],
      ...(gotoTable === undefined ? {} : { gotoTable }),
    })),
  );
}

/** NORMAL switches by VLAN and learned address, and cannot reach parked ports. */
function toNormal(table: number): Flow {
  return { table, priority: Step.DEFAULT, cookie: BRIDGE_COOKIE, match: {}, actions: [NORMAL] };
}

import type { Flow } from '../openflow/flow.ts';
import type { Match } from '../openflow/match.ts';
import { carriesAll, carriesTagged } from '../pvlan/vlan-setting.ts';
import type { BridgeView } from './bridge-view.ts';
import { BRIDGE_COOKIE, portCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import { outerTagsThatGo } from './nested.ts';
import { TAG_TYPES } from './protocols.ts';
import { knowing } from './registers.ts';
import { vlansOf } from './vlans.ts';

/**
 * Who brought a frame tagged with a VLAN of a Private VLAN: a promiscuous trunk, a port that leads to other switches, or
 * anyone else. Only ports listed here are believed, so a port nobody has looked at yet is a stranger.
 */
export function arrivalFlows(view: BridgeView, layout: Layout): readonly Flow[] {
  const flows: Flow[] = [];
  const from = (ofport: number, priority: number, match: Match, gotoTable: number): void => {
    const flow = { table: layout.arrival, priority, cookie: portCookie(ofport), actions: [], gotoTable };
    flows.push({ ...flow, match: { ...match, inPort: ofport } });
  };
  const here = new Set(view.plan.primaries.map(({ primary }) => primary));
  for (const endpoint of view.promiscuous.filter((one) => one.tagged)) {
    for (const primary of endpoint.primaries.filter((one) => here.has(one))) {
      from(endpoint.ofport, Step.EXACT, { regs: knowing({ vlan: primary }) }, layout.promiscuous);
    }
  }
  const vlans = view.plan.primaries.flatMap((primary) => vlansOf(primary, view).map((facts) => facts.vlan));
  for (const { kind, port } of view.plan.verdicts) {
    if (kind !== 'wire') continue;
    const carried = vlans.filter((vlan) => carriesTagged(port.vlan, vlan));
    for (const ofport of port.ofports) {
      if (carriesAll(port.vlan)) from(ofport, Step.GROUP, {}, layout.wire);
      else for (const vlan of carried) from(ofport, Step.GROUP, { regs: knowing({ vlan }) }, layout.wire);
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
  // Where the VLAN leaves the bridge without its tag, the tag behind it speaks for another.
  const hidden = outerTagsThatGo(view)
    .filter((vlan) => vlans.some((one) => one === vlan))
    .flatMap((vlan) =>
      TAG_TYPES.map((ethType): Flow => ({
        ...anyoneElse,
        priority: Step.HIDDEN,
        match: { regs: { 2: { value: vlan } }, ethType },
        gotoTable: layout.nested,
      })),
    );
  return [...flows, ...hidden, anyoneElse];
}

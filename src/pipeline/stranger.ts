import type { Flow } from '../openflow/flow.ts';
import { secondaryVlans } from '../pvlan/wire-mode.ts';
import type { PrimaryPlan } from './bridge-plan.ts';
import type { BridgeView } from './bridge-view.ts';
import { portCookie, primaryCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import { knowing } from './registers.ts';
import { switchedNormally } from './switched.ts';

/**
 * Frames in a Private VLAN from a guest outside it. On the wire they would speak for whoever uses that VLAN or address, so
 * what could be mistaken for a promiscuous or a pinned sender is dropped; the rest is switched as before, which cannot reach
 * parked ports.
 */
export function strangerFlows(view: BridgeView, layout: Layout): readonly Flow[] {
  const refused = view.plan.primaries.flatMap((plan) =>
    plan.wire.kind === 'single' ? refusedSources(plan, view, layout) : refusedVlans(plan, layout),
  );
  return [...refused, switchedNormally(layout.stranger)];
}

/** Single mode: the source address decides on other hosts who the sender is. */
function refusedSources({ primary, promiscuousMacs }: PrimaryPlan, view: BridgeView, layout: Layout): readonly Flow[] {
  const guests = view
    .guestsOf(primary)
    .flatMap((guest) => guest.extraMacs.map((mac) => ({ mac, guest })).concat({ mac: guest.mac, guest }));
  const taken = [
    ...promiscuousMacs.map((mac) => ({ mac, cookie: primaryCookie(primary) })),
    ...guests.map(({ mac, guest }) => ({ mac, cookie: portCookie(guest.ofport) })),
  ];
  const once = new Map(taken.map((one) => [one.mac, one.cookie]));
  return Array.from(once, ([mac, cookie]) => ({
    table: layout.stranger,
    priority: Step.EXACT,
    cookie,
    match: { regs: knowing({ vlan: primary }), ethSrc: { value: mac } },
    actions: [],
  }));
}

/** Secondary mode: the VLAN decides, so none of them is a stranger's to use. */
function refusedVlans({ primary, wire }: PrimaryPlan, layout: Layout): readonly Flow[] {
  return [primary, ...secondaryVlans(wire).map(({ vid }) => vid)].map((vlan) => ({
    table: layout.stranger,
    priority: Step.EXACT,
    cookie: primaryCookie(primary),
    match: { regs: knowing({ vlan }) },
    actions: [],
  }));
}

import type { Flow } from '../openflow/flow.ts';
import { secondaryVlans } from '../pvlan/wire-mode.ts';
import type { Mac } from '../pvlan/mac.ts';
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
  const refused = (mac: Mac, cookie: bigint): Flow => ({
    table: layout.stranger,
    priority: Step.EXACT,
    cookie,
    match: { regs: knowing({ vlan: primary }), ethSrc: { value: mac } },
    actions: [],
  });
  // No guest has a promiscuous address: a port that claims one is closed.
  return [
    ...promiscuousMacs.map((mac) => refused(mac, primaryCookie(primary))),
    ...view.byHolder(view.guestsOf(primary), 'not for strangers', (mac, holders) =>
      refused(mac, portCookie(holders[0]?.ofport ?? 0)),
    ),
  ];
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

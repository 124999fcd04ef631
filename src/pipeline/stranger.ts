import type { Flow } from '../openflow/flow.ts';
import type { Mac } from '../pvlan/mac.ts';
import { carriesTagged, carriesUntagged } from '../pvlan/vlan-setting.ts';
import { secondaryVlans } from '../pvlan/wire-mode.ts';
import type { PrimaryPlan } from './bridge-plan.ts';
import type { BridgeView } from './bridge-view.ts';
import { because, Cause } from './cause.ts';
import { portCookie, primaryCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import { knowing } from './registers.ts';
import { NORMAL } from './steps.ts';
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
  return [...refused, ...pinned(view, layout), switchedNormally(layout.stranger)];
}

/**
 * A guest outside that says who it is uses its own address alone: with another's it would draw that one's frames to itself, and
 * speak for it on every host that cannot know better.
 */
function pinned(view: BridgeView, layout: Layout): readonly Flow[] {
  // In secondary mode nothing of a stranger's passes anyway.
  const vlans = view.plan.primaries.flatMap(({ primary, wire }) => (wire.kind === 'single' ? [primary] : []));
  return view.pinnedStrangers
    .filter(({ port }) => vlans.some((vlan) => carriesUntagged(port.vlan, vlan) || carriesTagged(port.vlan, vlan)))
    .flatMap(({ port, pinned: macs }) =>
      port.ofports.flatMap((ofport) => pinFlows(layout.stranger, ofport, macs, Step)),
    );
}

/** Lets a port send from `macs` alone; what others may not use is refused above that. */
export function pinFlows(
  table: number,
  ofport: number,
  macs: readonly Mac[],
  { OWN, PINNED }: { readonly OWN: number; readonly PINNED: number },
): readonly Flow[] {
  const flow = { table, cookie: portCookie(ofport) };
  return [
    ...macs.map((mac) => ({
      ...flow,
      priority: OWN,
      match: { inPort: ofport, ethSrc: { value: mac } },
      actions: [NORMAL],
    })),
    {
      ...flow,
      priority: PINNED,
      cookie: because(Cause.FORGED_OUTSIDE, flow.cookie),
      match: { inPort: ofport },
      actions: [],
    },
  ];
}

/** Single mode: the source address decides on other hosts who the sender is. */
function refusedSources({ primary, promiscuousMacs }: PrimaryPlan, view: BridgeView, layout: Layout): readonly Flow[] {
  const refused = (mac: Mac, cookie: bigint): Flow => ({
    table: layout.stranger,
    priority: Step.EXACT,
    cookie: because(Cause.FORGED_OUTSIDE, cookie),
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
    cookie: because(Cause.FORGED_OUTSIDE, primaryCookie(primary)),
    match: { regs: knowing({ vlan }) },
    actions: [],
  }));
}

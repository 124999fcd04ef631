import type { Flow } from '../openflow/flow.ts';
import type { Mac } from '../pvlan/mac.ts';
import type { StrangerEndpoint } from '../pvlan/verdict.ts';
import { carriesTagged, carriesUntagged } from '../pvlan/vlan-setting.ts';
import { secondaryVlans } from '../pvlan/wire-mode.ts';
import type { PrimaryPlan } from './bridge-plan.ts';
import { because, Cause, primaryBecause } from './cause.ts';
import type { BridgeContext } from './context.ts';
import { portCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import { knowing } from './registers.ts';
import { NORMAL } from './steps.ts';

// Frames in a Private VLAN from a guest outside it. On the wire they would speak for whoever uses that VLAN or address, so what could
// be mistaken for a promiscuous or a pinned sender is dropped; the rest is switched as before, which cannot reach parked ports.

/**
 * A guest outside that says who it is uses its own address alone: with another's it would draw that one's frames to itself, and
 * speak for it on every host that cannot know better.
 */
export function pinnedFlows({ port, pinned }: StrangerEndpoint, { settings, layout }: BridgeContext): readonly Flow[] {
  if (pinned === undefined) return [];
  // In secondary mode nothing of a stranger's passes anyway.
  const isCarried = settings.some(
    ({ primary, wire }) =>
      wire.kind === 'single' && (carriesUntagged(port.vlan, primary) || carriesTagged(port.vlan, primary)),
  );
  return isCarried ? port.ofports.flatMap((ofport) => pinFlows(layout.stranger, ofport, pinned, Step)) : [];
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

/**
 * What no stranger may use: in single mode, where the source address decides on other hosts who the sender is, every promiscuous
 * address (those of guests see to themselves); in secondary mode, where the VLAN decides, every VLAN.
 */
export function strangersRefused({ primary, promiscuousMacs, wire }: PrimaryPlan, layout: Layout): readonly Flow[] {
  const flow = {
    table: layout.stranger,
    priority: Step.EXACT,
    cookie: primaryBecause(Cause.FORGED_OUTSIDE, primary),
    actions: [],
  };
  if (wire.kind === 'single') {
    const regs = knowing({ vlan: primary });
    return promiscuousMacs.map((mac) => ({ ...flow, match: { regs, ethSrc: { value: mac } } }));
  }
  return [primary, ...secondaryVlans(wire).map(({ vid }) => vid)].map((vlan) => ({
    ...flow,
    match: { regs: knowing({ vlan }) },
  }));
}

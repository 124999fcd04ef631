import type { Flow } from '../openflow/flow.ts';
import type { Verdict } from '../pvlan/verdict.ts';
import { accessVlan, tunnelVlan } from '../pvlan/vlan-setting.ts';
import type { PrimaryPlan } from './bridge-plan.ts';
import { because, Cause, primaryBecause } from './cause.ts';
import type { BridgeContext } from './context.ts';
import { portCookie } from './cookie.ts';
import { Nested, type Layout } from './layout.ts';
import { NORMAL } from './steps.ts';
import { pinFlows } from './stranger.ts';

// Frames with a second tag behind one that they lose on their way out of the bridge (a priority tag, a native VLAN): the inner tag then
// speaks for its VLAN, so guests outside must not say by it what they may not say outright: that they are a router, or a guest. Routers
// may, and other switches, but not with the address of a router that is plugged in here; guests of a Private VLAN do not come this far.

/** What a port may say so that is no guest's of a Private VLAN. */
export function behindTagFlows(verdict: Verdict, { going, layout }: BridgeContext): readonly Flow[] {
  const { kind, port } = verdict;
  const flow = { table: layout.nested, actions: [NORMAL] };
  // Where all frames are in the port's own VLAN, that is the outer tag, and stays wherever the VLAN is tagged.
  const own = accessVlan(port.vlan) ?? tunnelVlan(port.vlan);
  if (kind === 'wire' || kind === 'promiscuous' || (kind === 'stranger' && own !== undefined && !going.includes(own))) {
    const priority = kind === 'wire' ? Nested.TRUSTED : Nested.HERE;
    return port.ofports.map((ofport) => ({ ...flow, priority, cookie: portCookie(ofport), match: { inPort: ofport } }));
  }
  const pinned = verdict.kind === 'stranger' ? verdict.pinned : undefined;
  if (pinned === undefined) return [];
  return port.ofports.flatMap((ofport) => pinFlows(layout.nested, ofport, pinned, Nested));
}

/** Sources that nobody else may have there: the promiscuous addresses of every Private VLAN. */
export function promiscuousBehindTag(plans: readonly PrimaryPlan[], layout: Layout): readonly Flow[] {
  const addresses = new Map(
    plans.flatMap(({ primary, promiscuousMacs }) => promiscuousMacs.map((mac) => [mac, primary] as const)),
  );
  // The inner tag does not show here, so an address that may come from elsewhere in one Private VLAN may in all.
  const believed = new Set(
    plans.flatMap(({ promiscuousMacs, localMacs }) => promiscuousMacs.filter((mac) => !localMacs.includes(mac))),
  );
  return Array.from(addresses, ([mac, primary]) => ({
    table: layout.nested,
    priority: believed.has(mac) ? Nested.FORGED : Nested.STOLEN,
    cookie: primaryBecause(Cause.FORGED_OUTSIDE, primary),
    match: { ethSrc: { value: mac } },
    actions: [],
  }));
}

/** Where the VLAN alone tells who is who, the inner tag must not come out at all. */
export function nothingBehindTag({ settings, layout }: BridgeContext): readonly Flow[] {
  if (!settings.some(({ wire }) => wire.kind === 'secondary')) return [];
  return [
    { table: layout.nested, priority: Nested.REFUSED, cookie: because(Cause.FORGED_OUTSIDE), match: {}, actions: [] },
  ];
}

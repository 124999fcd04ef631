import type { Flow } from '../openflow/flow.ts';
import type { Mac } from '../pvlan/mac.ts';
import { accessVlan, tunnelVlan, vlanMode } from '../pvlan/vlan-setting.ts';
import type { BridgeView } from './bridge-view.ts';
import { because, Cause } from './cause.ts';
import { portCookie, primaryCookie } from './cookie.ts';
import { Nested, type Layout } from './layout.ts';
import { NORMAL } from './steps.ts';
import { pinFlows } from './stranger.ts';
import { switchedNormally } from './switched.ts';

/**
 * Frames with a second tag behind one that they lose on their way out of the bridge (a priority tag, a native VLAN): the inner
 * tag then speaks for its VLAN, so guests outside must not say by it what they may not say outright: that they are a router, or
 * a guest. Routers may, and other switches, but not with the address of a router that is plugged in here; guests of a Private
 * VLAN do not come this far.
 */
export function nestedFlows(view: BridgeView, layout: Layout): readonly Flow[] {
  const flow = { table: layout.nested, actions: [] };
  const going = new Set(outerTagsThatGo(view));
  const trusted = view.plan.verdicts
    .filter((verdict) => {
      if (verdict.kind === 'wire' || verdict.kind === 'promiscuous') return true;
      // Where all frames are in the port's own VLAN, that is the outer tag, and stays wherever the VLAN is tagged.
      const own = accessVlan(verdict.port.vlan) ?? tunnelVlan(verdict.port.vlan);
      return verdict.kind === 'stranger' && own !== undefined && !going.has(own);
    })
    .flatMap(({ kind, port }) =>
      port.ofports.map((ofport) => ({
        ...flow,
        priority: kind === 'wire' ? Nested.TRUSTED : Nested.HERE,
        cookie: portCookie(ofport),
        match: { inPort: ofport },
        actions: [NORMAL],
      })),
    );
  const addresses = new Map(
    view.plan.primaries.flatMap(({ primary, promiscuousMacs }) =>
      promiscuousMacs.map((mac) => [mac, primary] as const),
    ),
  );
  const forged = (mac: Mac, cookie: bigint, priority: number = Nested.FORGED): Flow => ({
    ...flow,
    priority,
    cookie: because(Cause.FORGED_OUTSIDE, cookie),
    match: { ethSrc: { value: mac } },
  });
  // The inner tag does not show here, so an address that may come from elsewhere in one Private VLAN may in all.
  const believed = new Set(
    view.plan.primaries.flatMap(({ promiscuousMacs, localMacs }) =>
      promiscuousMacs.filter((mac) => !localMacs.includes(mac)),
    ),
  );
  const promiscuousSources = Array.from(addresses, ([mac, primary]) =>
    forged(mac, primaryCookie(primary), believed.has(mac) ? Nested.FORGED : Nested.STOLEN),
  );
  const guestSources = view.byHolder(
    view.guests.filter(({ mac }) => !addresses.has(mac)),
    'nobody hides behind a tag',
    (mac, holders) => {
      const isElsewhere = holders.some((holder) => holder.port.moving || holder.mac !== mac);
      const priority = isElsewhere ? Nested.FORGED : Nested.STOLEN;
      return forged(mac, portCookie(holders[0]?.ofport ?? 0), priority);
    },
  );
  const trustedPorts = new Set(trusted.map(({ match }) => match.inPort));
  const pinned = view.pinnedStrangers.flatMap(({ port, pinned: macs }) =>
    port.ofports
      .filter((ofport) => !trustedPorts.has(ofport))
      .flatMap((ofport) => pinFlows(layout.nested, ofport, macs, Nested)),
  );
  // Where the VLAN alone tells who is who, the inner tag must not come out at all.
  const anySource = view.plan.primaries.some(({ wire }) => wire.kind === 'secondary')
    ? [{ ...flow, priority: Nested.REFUSED, cookie: because(Cause.FORGED_OUTSIDE), match: {} }]
    : [];
  return [...trusted, ...promiscuousSources, ...guestSources, ...anySource, ...pinned, switchedNormally(layout.nested)];
}

/**
 * VLANs whose tag a frame loses on its way to another switch: none (a priority tag), native VLANs, and the access VLANs of
 * links. Behind a plain access port there is a station, which no inner tag takes further.
 */
export function outerTagsThatGo(view: BridgeView): readonly number[] {
  const untagged = view.plan.verdicts.flatMap(({ kind, port }) => {
    const mode = vlanMode(port.vlan);
    const leadsOn = kind === 'wire' && mode !== 'trunk' && (mode !== 'access' || port.kind === 'link');
    return leadsOn && port.vlan.tag !== undefined ? [port.vlan.tag] : [];
  });
  return [...new Set([0, ...untagged])].sort((a, b) => a - b);
}

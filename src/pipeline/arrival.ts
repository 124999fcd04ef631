import type { Flow } from '../openflow/flow.ts';
import type { Match } from '../openflow/match.ts';
import type { Verdict } from '../pvlan/verdict.ts';
import { carriesAll, carriesTagged } from '../pvlan/vlan-setting.ts';
import type { NumberedPromiscuous } from './bridge-plan.ts';
import type { BridgeContext } from './context.ts';
import { BRIDGE_COOKIE, portCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import { TAG_TYPES } from './protocols.ts';
import { knowing } from './registers.ts';

// Who brought a frame tagged with a VLAN of a Private VLAN: a promiscuous trunk, a port that leads to other switches, or anyone else.
// Only ports that have a flow here are believed, so a port nobody has looked at yet is a stranger.

/** A router's trunk, in each of its primary VLANs. */
export function routerArrivals(router: NumberedPromiscuous, { settings, layout }: BridgeContext): readonly Flow[] {
  if (!router.tagged) return [];
  return router.primaries
    .filter((primary) => settings.some((setting) => setting.primary === primary))
    .map((primary) =>
      from(router.ofport, Step.EXACT, { regs: knowing({ vlan: primary }) }, layout, layout.promiscuous),
    );
}

/** A port that leads to other switches, in the VLANs that it carries. */
export function wireArrivals({ port }: Verdict, { vlans, layout }: BridgeContext): readonly Flow[] {
  const carried = vlans.filter(({ vlan }) => carriesTagged(port.vlan, vlan));
  return port.ofports.flatMap((ofport) =>
    carriesAll(port.vlan)
      ? [from(ofport, Step.GROUP, {}, layout, layout.wire)]
      : carried.map(({ vlan }) => from(ofport, Step.GROUP, { regs: knowing({ vlan }) }, layout, layout.wire)),
  );
}

/** Anyone else is a stranger. */
export function otherArrivals({ vlans, going, layout }: BridgeContext): readonly Flow[] {
  const anyoneElse: Flow = {
    table: layout.arrival,
    priority: Step.DEFAULT,
    cookie: BRIDGE_COOKIE,
    match: {},
    actions: [],
    gotoTable: layout.stranger,
  };
  // Where the VLAN leaves the bridge without its tag, the tag behind it speaks for another.
  const hidden = going
    .filter((vlan) => vlans.some((one) => one.vlan === vlan))
    .flatMap((vlan) =>
      TAG_TYPES.map((ethType): Flow => ({
        ...anyoneElse,
        priority: Step.HIDDEN,
        match: { regs: { 2: { value: vlan } }, ethType },
        gotoTable: layout.nested,
      })),
    );
  return [...hidden, anyoneElse];
}

function from(ofport: number, priority: number, match: Match, { arrival }: Layout, gotoTable: number): Flow {
  return {
    table: arrival,
    priority,
    cookie: portCookie(ofport),
    actions: [],
    gotoTable,
    match: { ...match, inPort: ofport },
  };
}

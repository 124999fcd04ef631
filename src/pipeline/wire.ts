import type { Flow } from '../openflow/flow.ts';
import { secondaryVlans } from '../pvlan/wire-mode.ts';
import type { PrimaryPlan } from './bridge-plan.ts';
import { bondFlows } from './bond.ts';
import type { BridgeView } from './bridge-view.ts';
import { because, Cause, portBecause } from './cause.ts';
import { primaryCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import { learnSenderIn } from './learning.ts';
import { knowing } from './registers.ts';
import { NORMAL } from './steps.ts';
import { switchedNormally } from './switched.ts';

/**
 * Frames from other switches. In single mode the VLAN does not say who sent a frame, but the list of promiscuous addresses
 * does, those of this bridge's own ports excepted; in secondary mode the VLAN tells.
 */
export function wireFlows(view: BridgeView, layout: Layout): readonly Flow[] {
  const known = view.plan.primaries.flatMap((plan) =>
    plan.wire.kind === 'single' ? byAddress(plan, layout) : byVlan(plan, layout),
  );
  return [
    ...known,
    ...stolen(view, layout),
    ...unheard(view, layout),
    ...bondFlows(view, layout),
    switchedNormally(layout.wire),
  ];
}

/**
 * Who has a guest's own address is plugged in here, so another switch brings a forgery, which would speak for the guest to routers
 * here and teach NORMAL a wrong place for it. A guest on the move may be there; further addresses may be shared with guests there.
 */
function stolen(view: BridgeView, layout: Layout): readonly Flow[] {
  return view.plan.primaries.flatMap(({ primary }) =>
    view.guestsOf(primary).flatMap((guest) =>
      guest.port.moving
        ? []
        : view.memo.flows(guest, 'not from the wire', () => [
            {
              table: layout.wire,
              priority: Step.REFUSE,
              cookie: portBecause(Cause.FORGED_WIRE, guest.ofport),
              match: { regs: knowing({ primary }), ethSrc: { value: guest.mac } },
              actions: [],
            },
          ]),
    ),
  );
}

/**
 * Who speaks to a guest by name from another switch, and is not on the list, is a router that nobody has told of, or a station with
 * no business here. NORMAL learns it, as it does without this flow, which is there to count.
 */
function unheard(view: BridgeView, layout: Layout): readonly Flow[] {
  return view.plan.primaries
    .filter(({ wire }) => wire.kind === 'single')
    .flatMap(({ primary }) =>
      view.byHolder(view.guestsOf(primary), 'spoken to by nobody known', (mac, holders) => ({
        table: layout.wire,
        priority: Step.COUNTED,
        cookie: portBecause(Cause.UNLISTED_ROUTER, holders[0]?.ofport ?? 0),
        match: { regs: knowing({ vlan: primary }), ethDst: { value: mac } },
        actions: [NORMAL],
      })),
    );
}

function byAddress({ primary, promiscuousMacs, localMacs }: PrimaryPlan, layout: Layout): readonly Flow[] {
  return promiscuousMacs.map((mac) => ({
    table: layout.wire,
    priority: localMacs.includes(mac) ? Step.REFUSE : Step.EXACT,
    cookie: localMacs.includes(mac) ? because(Cause.FORGED_WIRE, primaryCookie(primary)) : primaryCookie(primary),
    match: { regs: knowing({ vlan: primary }), ethSrc: { value: mac } },
    actions: [],
    // Who has such an address is plugged in here, so another switch brings a forgery; NORMAL would learn the address from it.
    ...(localMacs.includes(mac) ? {} : { gotoTable: layout.promiscuous }),
  }));
}

/** Each sender is learned in the VLANs that it is answered in, too: a router in the secondary ones, a guest in the primary. */
function byVlan({ primary, wire }: PrimaryPlan, layout: Layout): readonly Flow[] {
  const secondaries = secondaryVlans(wire).map(({ vid }) => vid);
  const ways = [
    { vlan: primary, answered: secondaries, gotoTable: layout.promiscuous },
    ...secondaries.map((vlan) => ({ vlan, answered: [primary], gotoTable: layout.secondary })),
  ];
  const flow = { table: layout.wire, cookie: primaryCookie(primary) };
  return ways.map(({ vlan, answered, gotoTable }) => ({
    ...flow,
    priority: Step.EXACT,
    match: { regs: knowing({ vlan }) },
    actions: learnSenderIn(answered, layout),
    gotoTable,
  }));
}

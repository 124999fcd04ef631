import type { Flow } from '../openflow/flow.ts';
import { secondaryVlans } from '../pvlan/wire-mode.ts';
import type { PrimaryPlan } from './bridge-plan.ts';
import { Cause, primaryBecause } from './cause.ts';
import { primaryCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import { learnSenderIn } from './learning.ts';
import { knowing } from './registers.ts';

/**
 * Frames from other switches, by who sent them. In single mode the VLAN does not say so, but the list of promiscuous addresses does,
 * those of this bridge's own ports excepted; in secondary mode the VLAN tells.
 */
export function senderFlows(plan: PrimaryPlan, layout: Layout): readonly Flow[] {
  return plan.wire.kind === 'single' ? byAddress(plan, layout) : byVlan(plan, layout);
}

function byAddress({ primary, promiscuousMacs, localMacs }: PrimaryPlan, layout: Layout): readonly Flow[] {
  return promiscuousMacs.map((mac) => ({
    table: layout.wire,
    priority: localMacs.includes(mac) ? Step.REFUSE : Step.EXACT,
    cookie: localMacs.includes(mac) ? primaryBecause(Cause.FORGED_WIRE, primary) : primaryCookie(primary),
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

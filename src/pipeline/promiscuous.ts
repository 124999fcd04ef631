import type { Flow } from '../openflow/flow.ts';
import { openGuests, type BridgePlan } from './bridge-plan.ts';
import { BRIDGE_COOKIE, portCookie, primaryCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import { GROUP_ADDRESS, inPrimary, NORMAL, outputTo, STRIP_TAG } from './steps.ts';

/** What becomes of a promiscuous sender's frames: they reach every guest of the primary VLAN, and NORMAL does the rest. */
export function promiscuousFlows(plan: BridgePlan, layout: Layout): readonly Flow[] {
  const guests = openGuests(plan);
  const toGuest = guests.map((guest) => ({
    table: layout.promiscuous,
    priority: Step.EXACT,
    cookie: portCookie(guest.ofport),
    match: { regs: inPrimary(guest.role.primary), ethDst: { value: guest.mac } },
    actions: [STRIP_TAG, outputTo(guest.ofport)],
  }));
  const toGroup = [...plan.primaries.keys()].map((primary) => {
    const members = guests.filter((guest) => guest.role.primary === primary);
    return {
      table: layout.promiscuous,
      priority: Step.GROUP,
      cookie: primaryCookie(primary),
      match: { regs: inPrimary(primary), ethDst: GROUP_ADDRESS },
      // NORMAL first: it needs the frame as it came in. Guests get it untagged.
      actions: [NORMAL, STRIP_TAG, ...members.map((guest) => outputTo(guest.ofport))],
    };
  });
  const toOthers: Flow = {
    table: layout.promiscuous,
    priority: Step.DEFAULT,
    cookie: BRIDGE_COOKIE,
    match: {},
    actions: [NORMAL],
  };
  return [...toGuest, ...toGroup, toOthers];
}

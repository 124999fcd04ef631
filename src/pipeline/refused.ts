import type { Flow } from '../openflow/flow.ts';
import type { NumberedGuest, PrimaryPlan } from './bridge-plan.ts';
import type { BridgeView } from './bridge-view.ts';
import { because, Cause, portBecause, primaryBecause } from './cause.ts';
import { Step, type Layout } from './layout.ts';
import { knowing, Trait } from './registers.ts';
import { traitsOf } from './traits.ts';

/** What the guards refuse for. */
const GUARDED = [Cause.FOREIGN_NEIGHBOUR, Cause.FOREIGN_ADDRESS, Cause.REFUSED_SERVICE, Cause.MALFORMED];

/**
 * The end of what the guards refuse. Nothing leaves this table; it is there to count, by guest what somebody does on purpose, by Private
 * VLAN the rest. Its flows add no mask to the datapath, which has compared the port and the cause's fields before.
 */
export function refusedFlows(view: BridgeView, layout: Layout): readonly Flow[] {
  const plans = new Map(view.plan.primaries.map((plan) => [plan.primary, plan]));
  const flow = { table: layout.refused, actions: [] };
  const byGuest = view.guests.flatMap((guest) => {
    const causes = causesOf(guest, plans.get(guest.role.primary));
    return view.memo.flows(guest, `refused for ${causes.join()}`, () =>
      causes.map((cause) => ({
        ...flow,
        priority: Step.EXACT,
        cookie: portBecause(cause, guest.ofport),
        match: { inPort: guest.ofport, regs: knowing({ cause }) },
      })),
    );
  });
  const byPrimary = view.plan.primaries.flatMap(({ primary }) =>
    GUARDED.map((cause) => ({
      ...flow,
      priority: Step.GROUP,
      cookie: primaryBecause(cause, primary),
      match: { regs: knowing({ primary, cause }) },
    })),
  );
  return [...byGuest, ...byPrimary, { ...flow, priority: Step.DEFAULT, cookie: because(Cause.MALFORMED), match: {} }];
}

/** What a guest can be refused for and is told of by name. */
function causesOf(guest: NumberedGuest, plan: PrimaryPlan | undefined): readonly Cause[] {
  const isHeld = (traitsOf(guest, plan) & (Trait.NO_DHCP_SERVER | Trait.IP_ONLY)) !== 0;
  return [
    Cause.FOREIGN_NEIGHBOUR,
    ...(guest.addresses === undefined ? [] : [Cause.FOREIGN_ADDRESS]),
    ...(isHeld || plan?.guards.routerAdvertisement === true ? [Cause.REFUSED_SERVICE] : []),
  ];
}

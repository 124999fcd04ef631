import type { Flow } from '../openflow/flow.ts';
import type { NumberedGuest, PrimarySetting } from './bridge-plan.ts';
import { because, Cause, portBecause, primaryBecause } from './cause.ts';
import { Step, type Layout } from './layout.ts';
import { knowing, Trait } from './registers.ts';
import { traitsOf } from './traits.ts';

/** What the guards refuse for. */
const GUARDED = [Cause.FOREIGN_NEIGHBOUR, Cause.FOREIGN_ADDRESS, Cause.REFUSED_SERVICE, Cause.MALFORMED];

// The end of what the guards refuse. Nothing leaves this table; it is there to count, by guest what somebody does on purpose, by Private
// VLAN the rest. Its flows add no mask to the datapath, which has compared the port and the cause's fields before.

/** What one guest is refused and told of by name. */
export function refusedByName(
  guest: NumberedGuest,
  setting: PrimarySetting | undefined,
  layout: Layout,
): readonly Flow[] {
  return causesOf(guest, setting).map((cause) => ({
    table: layout.refused,
    priority: Step.EXACT,
    cookie: portBecause(cause, guest.ofport),
    match: { inPort: guest.ofport, regs: knowing({ cause }) },
    actions: [],
  }));
}

/** What the guests of a Private VLAN are refused besides. */
export function refusedByPrimary({ primary }: PrimarySetting, layout: Layout): readonly Flow[] {
  return GUARDED.map((cause) => ({
    table: layout.refused,
    priority: Step.GROUP,
    cookie: primaryBecause(cause, primary),
    match: { regs: knowing({ primary, cause }) },
    actions: [],
  }));
}

/** Whatever else comes here. */
export function refusedOtherwise({ refused }: Layout): Flow {
  return { table: refused, priority: Step.DEFAULT, cookie: because(Cause.MALFORMED), match: {}, actions: [] };
}

/** What a guest can be refused for and is told of by name. */
function causesOf(guest: NumberedGuest, plan: PrimarySetting | undefined): readonly Cause[] {
  const isHeld = (traitsOf(guest, plan) & (Trait.NO_DHCP_SERVER | Trait.IP_ONLY)) !== 0;
  return [
    Cause.FOREIGN_NEIGHBOUR,
    ...(guest.addresses === undefined ? [] : [Cause.FOREIGN_ADDRESS]),
    ...(isHeld || plan?.guards.routerAdvertisement === true ? [Cause.REFUSED_SERVICE] : []),
  ];
}

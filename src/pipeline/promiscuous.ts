import type { Flow } from '../openflow/flow.ts';
import type { BridgeView } from './bridge-view.ts';
import { portCookie, primaryCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import { learnSenderTo } from './learning.ts';
import { knowing } from './registers.ts';
import { GROUP_ADDRESS, NORMAL, outputTo, STRIP_TAG } from './steps.ts';
import { reservedFlows } from './reserved.ts';
import { switchedNormally } from './switched.ts';

/** What becomes of a promiscuous sender's frames: they reach every guest of the primary VLAN, and NORMAL does the rest. */
export function promiscuousFlows(view: BridgeView, layout: Layout): readonly Flow[] {
  const flows = view.plan.primaries.flatMap(({ primary }) => {
    const guests = view.guestsOf(primary);
    const toGuest = view.byHolder(guests, 'hears routers', (mac, holders) => ({
      table: layout.promiscuous,
      priority: Step.EXACT,
      cookie: portCookie(holders[0]?.ofport ?? 0),
      match: { regs: knowing({ primary }), ethDst: { value: mac } },
      // A guest on the move may be here or elsewhere: NORMAL follows its address, the output serves the port here. Any other is
      // here alone, and NORMAL learns where the router is, so that what guests answer is not flooded.
      actions: [
        ...(holders.some((holder) => holder.port.moving) ? [NORMAL] : learnSenderTo(mac, layout)),
        STRIP_TAG,
        ...holders.map((holder) => outputTo(holder.ofport)),
      ],
    }));
    const toGroup: Flow = {
      table: layout.promiscuous,
      priority: Step.GROUP,
      cookie: primaryCookie(primary),
      match: { regs: knowing({ primary }), ethDst: GROUP_ADDRESS },
      // NORMAL first: it needs the frame as it came in. Guests get it untagged.
      actions: [NORMAL, STRIP_TAG, ...guests.map((guest) => outputTo(guest.ofport))],
    };
    return [...toGuest, toGroup];
  });
  // Switches speak to each other; NORMAL keeps to what the bridge itself does with that.
  return [
    ...reservedFlows(layout.promiscuous, Step.RESERVED, { actions: [NORMAL] }),
    ...flows,
    switchedNormally(layout.promiscuous),
  ];
}

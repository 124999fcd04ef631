import type { Flow } from '../openflow/flow.ts';
import type { BridgeView } from './bridge-view.ts';
import { Step, type Layout } from './layout.ts';
import { reachFlows, routerFlows, routersHere } from './reach.ts';
import { NORMAL } from './steps.ts';
import { reservedFlows } from './reserved.ts';
import { vlansOf } from './vlans.ts';

/**
 * Frames from other switches in a secondary VLAN: their senders are isolated or community guests there. They reach
 * promiscuous ports and their own community here, and NORMAL passes them on between other switches.
 */
export function secondaryFlows(view: BridgeView, layout: Layout): readonly Flow[] {
  const plans = view.plan.primaries.filter(({ wire }) => wire.kind === 'secondary');
  if (plans.length === 0) return [];
  const flows = plans.flatMap((plan) => [
    ...routerFlows(view, plan, layout.secondary, routersHere(view, plan)),
    ...vlansOf(plan, view)
      .filter(({ vlan }) => vlan !== plan.primary)
      .flatMap(({ community }) =>
        reachFlows({
          view,
          plan,
          table: layout.secondary,
          community,
          promiscuous: true,
          // NORMAL first: it needs the frame as it came in.
          carried: (outputs) => [NORMAL, ...outputs],
        }),
      ),
  ]);
  return [...reservedFlows(layout.secondary, Step.RESERVED, { actions: [NORMAL] }), ...flows];
}

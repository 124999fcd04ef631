import type { Flow } from '../openflow/flow.ts';
import type { BridgePlan } from './bridge-plan.ts';
import { classifyFlows } from './classify.ts';
import { guestFlows } from './guest.ts';
import type { Layout } from './layout.ts';
import { promiscuousFlows } from './promiscuous.ts';
import { arrivalFlows, strangerFlows, wireFlows } from './wire.ts';

/**
 * The flows that make a bridge behave as its verdicts say, `single` wire mode. Pure, and the same for the same plan. A bridge
 * with nothing of a Private VLAN gets no flow at all.
 */
export function compile(plan: BridgePlan, layout: Layout): readonly Flow[] {
  const classified = classifyFlows(plan, layout);
  if (plan.primaries.size === 0) return classified;
  return [
    ...classified,
    ...guestFlows(plan, layout),
    ...arrivalFlows(plan, layout),
    ...strangerFlows(plan, layout),
    ...wireFlows(plan, layout),
    ...promiscuousFlows(plan, layout),
  ];
}

import type { Flow } from '../openflow/flow.ts';
import { arrivalFlows } from './arrival.ts';
import type { BridgePlan } from './bridge-plan.ts';
import { BridgeView } from './bridge-view.ts';
import { classifyFlows } from './classify.ts';
import { guardFlows } from './guard/guard.ts';
import { guestFlows } from './guest.ts';
import { FlowMemo } from './flow-memo.ts';
import type { Layout } from './layout.ts';
import { learningFlows } from './learning.ts';
import { nestedFlows } from './nested.ts';
import { promiscuousFlows } from './promiscuous.ts';
import { refusedFlows } from './refused.ts';
import { secondaryFlows } from './secondary.ts';
import { strangerFlows } from './stranger.ts';
import { wireFlows } from './wire.ts';

/**
 * The flows that make a bridge behave as its verdicts say. Pure, and the same for the same plan. A bridge of a host
 * without Private VLANs gets no flow at all. With the same `memo`, flows that follow from an unchanged verdict are the same objects.
 */
export function compile(plan: BridgePlan, layout: Layout, memo = new FlowMemo()): readonly Flow[] {
  const view = new BridgeView(plan, memo);
  const classified = classifyFlows(view, layout);
  if (plan.primaries.length === 0) return classified;
  return [
    ...classified,
    ...guardFlows(view, layout),
    ...guestFlows(view, layout),
    ...arrivalFlows(view, layout),
    ...strangerFlows(view, layout),
    ...wireFlows(view, layout),
    ...secondaryFlows(view, layout),
    ...promiscuousFlows(view, layout),
    ...nestedFlows(view, layout),
    ...learningFlows(view, layout),
    ...refusedFlows(view, layout),
  ];
}

import { Dict } from '../../base/dict.ts';
import { flowBehaviour, flowBody, flowKey } from '../../openflow/flow-key.ts';
import type { Flow } from '../../openflow/flow.ts';

/** Flows by identity (table, priority, match). A value: what two of them differ in is found at the cost of the differences. */
export type FlowIndex = Dict<string, Flow>;

/** Of flows with one identity the last one counts, as in a switch. */
export function indexFlows(flows: Iterable<Flow>): FlowIndex {
  return Dict.of(Array.from(flows, (flow) => [keyOf(flow), flow] as const));
}
const keys = new WeakMap<Flow, string>();
const bodies = new WeakMap<Flow, string>();

/** `flowKey`, worked out once for each object: encoding is what costs, and most flows stay the same objects. */
export function keyOf(flow: Flow): string {
  return once(keys, flow, flowKey);
}

/** Whether two flows of one identity do the same, for the same owner. */
export function sameBody(left: Flow, right: Flow): boolean {
  return left === right || once(bodies, left, flowBody) === once(bodies, right, flowBody);
}

/** Whether two flows do the same with the frames they match, whoever owns them. */
export function sameBehaviour(left: Flow, right: Flow): boolean {
  return flowBehaviour(left) === flowBehaviour(right);
}

/** Whether the flow does nothing but drop. */
export function drops(flow: Flow): boolean {
  return flow.actions.length === 0 && flow.gotoTable === undefined && flow.unknownInstructions === undefined;
}

function once(known: WeakMap<Flow, string>, flow: Flow, work: (flow: Flow) => string): string {
  let text = known.get(flow);
  if (text === undefined) {
    text = work(flow);
    known.set(flow, text);
  }
  return text;
}

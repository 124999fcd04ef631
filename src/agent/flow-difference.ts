import { flowBody, flowKey } from '../openflow/flow-key.ts';
import type { Flow, FlowMod } from '../openflow/flow.ts';
import { COOKIE_MASK } from '../pipeline/cookie.ts';

/** Flows by identity (table, priority, match). */
export type FlowIndex = ReadonlyMap<string, Flow>;

export function indexFlows(flows: Iterable<Flow>): FlowIndex {
  return new Map(Array.from(flows, (flow) => [flowKey(flow), flow]));
}

/**
 * The changes that turn `installed` into `wanted`, in an order that suits one atomic bundle. `add` replaces a flow of the
 * same identity; deletes are strict and demand our cookie, so a foreign flow that took the place stays.
 */
export function flowDifference(installed: FlowIndex, wanted: FlowIndex): readonly FlowMod[] {
  const mods: FlowMod[] = [];
  for (const [key, flow] of installed) {
    if (!wanted.has(key)) mods.push({ command: 'deleteStrict', flow, cookieMask: COOKIE_MASK });
  }
  for (const [key, flow] of wanted) {
    const present = installed.get(key);
    if (present === undefined || flowBody(present) !== flowBody(flow)) mods.push({ command: 'add', flow });
  }
  return mods;
}

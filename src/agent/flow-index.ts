import { flowKey } from '../openflow/flow-key.ts';
import type { Flow } from '../openflow/flow.ts';

/** Flows by identity (table, priority, match). */
export type FlowIndex = ReadonlyMap<string, Flow>;

export function indexFlows(flows: Iterable<Flow>): FlowIndex {
  return new Map(Array.from(flows, (flow) => [flowKey(flow), flow]));
}

/**
 * Indexes the flows of one compilation after another. A flow that is the same as last time comes back as the same object, under
 * the key worked out then: most flows stay, and encoding them is what costs.
 */
export class FlowIndexer {
  #known = new Map<string, readonly [key: string, flow: Flow]>();

  index(flows: readonly Flow[]): FlowIndex {
    const known = new Map<string, readonly [key: string, flow: Flow]>();
    for (const flow of flows) {
      const text = JSON.stringify(flow, (_, value: unknown) =>
        typeof value === 'bigint' ? value.toString(16) : value,
      );
      known.set(text, this.#known.get(text) ?? [flowKey(flow), flow]);
    }
    this.#known = known;
    return new Map(known.values());
  }
}

import type { FlowChange } from '../openflow/flow-monitor.ts';
import type { Flow, FlowMod } from '../openflow/flow.ts';
import { flowDifference } from './flow-difference.ts';
import { indexFlows, keyOf, type FlowIndex } from './flow-index.ts';

/**
 * What a bridge has of our flows: read in full now and then, and followed in between by what we changed and what the switch
 * tells that others changed.
 */
export class FlowMirror {
  #flows: FlowIndex = new Map();
  /** `#flows`, where it is our own to change. */
  #copy: Map<string, Flow> | undefined;
  /** Whether the flows are those that we last took them to. */
  #undisturbed = false;

  get size(): number {
    return this.#flows.size;
  }

  /** Whether nobody else has changed the flows, as far as is known, since they were brought to what was wanted. */
  get undisturbed(): boolean {
    return this.#undisturbed;
  }

  /** Whether the flows are known to be `wanted`, that very object. */
  isAt(wanted: FlowIndex): boolean {
    return this.#undisturbed && this.#flows === wanted;
  }

  /** Whether there is a flow of ours with the identity of `flow`. */
  holds(flow: Flow): boolean {
    return this.#flows.has(keyOf(flow));
  }

  /** Takes the flows as they were read. */
  load(flows: Iterable<Flow>): void {
    this.#flows = indexFlows(flows);
    this.#copy = undefined;
    this.#undisturbed = false;
  }

  /** What it takes to turn the flows into `wanted`. */
  difference(wanted: FlowIndex): readonly FlowMod[] {
    return flowDifference(this.#flows, wanted);
  }

  /** Takes note that the flows are `wanted` now. Its objects make the next comparison cheap. */
  reached(wanted: FlowIndex): void {
    this.#flows = wanted;
    this.#copy = undefined;
    this.#undisturbed = true;
  }

  /** Follows a change by others to one of our flows. */
  follow(change: Extract<FlowChange, { readonly flow: Flow }>): void {
    this.#copy ??= new Map(this.#flows);
    if (change.event === 'removed') this.#copy.delete(keyOf(change.flow));
    else this.#copy.set(keyOf(change.flow), change.flow);
    this.#flows = this.#copy;
    this.#undisturbed = false;
  }
}

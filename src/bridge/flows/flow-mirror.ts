import type { FlowChange } from '../../openflow/flow-monitor.ts';
import type { Flow, FlowMod } from '../../openflow/flow.ts';
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

  get flows(): FlowIndex {
    return this.#flows;
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

  /** Takes note that the flows are `wanted` now. Its objects make the next comparison cheap. */
  reached(wanted: FlowIndex): void {
    this.#flows = wanted;
    this.#copy = undefined;
    this.#undisturbed = true;
  }

  /** Takes note that `mods` were applied, and nothing else of what is wanted: what others did is still to be put right if `disturbed`. */
  applied(mods: readonly FlowMod[], disturbed: boolean): void {
    const copy = this.#own();
    for (const { command, flow } of mods) {
      if (command === 'add') copy.set(keyOf(flow), flow);
      else copy.delete(keyOf(flow));
    }
    this.#undisturbed = !disturbed;
  }

  /** Follows a change by others to one of our flows. */
  follow(change: Extract<FlowChange, { readonly flow: Flow }>): void {
    const copy = this.#own();
    if (change.event === 'removed') copy.delete(keyOf(change.flow));
    else copy.set(keyOf(change.flow), change.flow);
    this.#undisturbed = false;
  }

  #own(): Map<string, Flow> {
    this.#copy ??= new Map(this.#flows);
    this.#flows = this.#copy;
    return this.#copy;
  }
}

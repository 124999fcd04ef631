import type { FlowChange } from '../../openflow/flow-monitor.ts';
import type { Flow, FlowMod } from '../../openflow/flow.ts';
import { Dict } from '../../base/dict.ts';
import { indexFlows, keyOf, sameBody, type FlowIndex } from './flow-index.ts';

/**
 * What a bridge has of our flows: read in full now and then, and followed in between by what we changed and what the switch
 * tells that others changed.
 */
export class FlowMirror {
  #flows: FlowIndex = Dict.empty();
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

  /** Takes the flows as they were read. Those that are known stay the same objects, which makes the next comparison cheap. */
  load(flows: Iterable<Flow>): void {
    const before = this.#flows;
    const read = Array.from(flows, (flow) => {
      const known = before.get(keyOf(flow));
      return known !== undefined && sameBody(known, flow) ? known : flow;
    });
    const after = indexFlows(read);
    this.#flows = Dict.differences(before, after).length === 0 ? before : after;
    this.#undisturbed = false;
  }

  /** Takes note that the flows are `wanted` now. Its objects make the next comparison cheap. */
  reached(wanted: FlowIndex): void {
    this.#flows = wanted;
    this.#undisturbed = true;
  }

  /** Takes note that `mods` were applied, and nothing else of what is wanted: what others did is still to be put right if `disturbed`. */
  applied(mods: readonly FlowMod[], disturbed: boolean): void {
    for (const { command, flow } of mods) {
      this.#flows = this.#flows.put(keyOf(flow), command === 'add' ? flow : undefined);
    }
    this.#undisturbed = !disturbed;
  }

  /** Follows a change by others to one of our flows. */
  follow(change: Extract<FlowChange, { readonly flow: Flow }>): void {
    this.#flows = this.#flows.put(keyOf(change.flow), change.event === 'removed' ? undefined : change.flow);
    this.#undisturbed = false;
  }
}

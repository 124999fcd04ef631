import type { Flow } from '../openflow/flow.ts';

/**
 * Keeps flows that follow from one object alone (a verdict, the list of primary VLANs) while that object lives, from one
 * compilation to the next. Most ports stay as they are, so most flows come back as the same objects. For one layout and one
 * configuration only.
 */
export class FlowMemo {
  readonly #kept = new Map<string, WeakMap<object, readonly Flow[]>>();

  /** What `make` gives for `owner`; `what` tells apart all that is made of one owner, and all that it depends on besides. */
  flows(owner: object, what: string, make: () => readonly Flow[]): readonly Flow[] {
    const ofKind = this.#kept.get(what) ?? new WeakMap<object, readonly Flow[]>();
    this.#kept.set(what, ofKind);
    const kept = ofKind.get(owner);
    if (kept !== undefined) return kept;
    const made = make();
    ofKind.set(owner, made);
    return made;
  }
}

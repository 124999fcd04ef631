import { derive, group, same, type Derived, type Grouped, type Inputs, type Values } from './derive.ts';
import type { Dict } from './dict.ts';

/**
 * One round of working things out, each under a name, with what the round before came to at hand: see {@link derive} for the rule.
 * Hand in the last round and nothing changes in the results, but that they come at the cost of what has changed and that what has not
 * changed is the same object. Each name is used once a round.
 */
export class Derivation {
  /** A name stands for one kind of result, from the first round to the last. */
  readonly #before: ReadonlyMap<string, unknown>;
  readonly #now = new Map<string, unknown>();

  constructor(last?: Derivation) {
    this.#before = last === undefined ? new Map<string, unknown>() : last.#now;
  }

  /** See {@link derive}. */
  each<A extends readonly unknown[], V>(
    name: string,
    inputs: Inputs<string, A>,
    context: readonly unknown[],
    work: (key: string, ...values: Values<A>) => V | undefined,
  ): Dict<string, V> {
    return this.#keep(name, derive(this.#before.get(name) as Derived<string, V> | undefined, inputs, context, work))
      .result;
  }

  /** See {@link group}. */
  group<V>(
    name: string,
    input: Dict<string, V>,
    groupsOf: (value: V) => readonly string[],
  ): Dict<string, Dict<string, V>> {
    return this.#keep(name, group(this.#before.get(name) as Grouped<string, string, V> | undefined, input, groupsOf))
      .groups;
  }

  /** What `work` gives, which may depend on the objects in `context` alone. */
  once<V>(name: string, context: readonly unknown[], work: () => V): V {
    const last = this.#before.get(name) as { readonly context: readonly unknown[]; readonly result: V } | undefined;
    const isSame = last !== undefined && same(last.context, context);
    return this.#keep(name, isSame ? last : { context, result: work() }).result;
  }

  /** `value`, or the object of the last round where that is `alike`. */
  alike<V>(name: string, value: V, alike: (last: V, now: V) => boolean): V {
    const last = this.#before.get(name) as { readonly value: V } | undefined;
    return this.#keep(name, last !== undefined && alike(last.value, value) ? last : { value }).value;
  }

  /** What the last round kept under `name`, to be kept again in another form: for what is worked out of its own past. */
  fold<V>(name: string, work: (last: V | undefined) => V): V {
    const last = this.#before.get(name) as { readonly value: V } | undefined;
    return this.#keep(name, { value: work(last?.value) }).value;
  }

  #keep<T>(name: string, result: T): T {
    this.#now.set(name, result);
    return result;
  }
}

import { Dict, type Key } from './dict.ts';

/** What was worked out entry by entry, and of what: a value, to be handed in again the next time. */
export interface Derived<K extends Key, V> {
  readonly inputs: readonly Dict<K, unknown>[];
  readonly context: readonly unknown[];
  readonly result: Dict<K, V>;
}

/** Dictionaries that have an entry for the same things. */
export type Inputs<K extends Key, A extends readonly unknown[]> = { readonly [I in keyof A]: Dict<K, A[I]> };
/** Their values at one key. */
export type Values<A extends readonly unknown[]> = { readonly [I in keyof A]: A[I] | undefined };

/**
 * Works a dictionary out of others, entry by entry. THE RULE of everything incremental here: an entry is worked out anew when the
 * value of one of `inputs` at its key, or anything in `context`, is another object than it was for `last`, and only then. So `work` may depend on
 * its arguments and on `context`, and on nothing else; and what has not changed has to be the same object.
 *
 * `last` makes it quicker and changes nothing of what comes out but that unchanged entries are the same objects. Where `work`
 * gives undefined there is no entry.
 */
export function derive<K extends Key, A extends readonly unknown[], V>(
  last: Derived<K, V> | undefined,
  inputs: Inputs<K, A>,
  context: readonly unknown[],
  work: (key: K, ...values: Values<A>) => V | undefined,
): Derived<K, V> {
  const all: readonly Dict<K, unknown>[] = inputs;
  const isSame = last !== undefined && same(last.context, context);
  if (isSame && same(last.inputs, all)) return last;
  const touched = new Set<K>();
  all.forEach((input, index) => {
    const before = last?.inputs[index] ?? Dict.empty<K, unknown>();
    if (isSame) for (const { key } of Dict.differences(before, input)) touched.add(key);
    else for (const key of input.keys()) touched.add(key);
  });
  const at = (key: K): V | undefined => work(key, ...(all.map((input) => input.get(key)) as unknown as Values<A>));
  const result = isSame ? touch(last.result, touched, at) : rebuilt(touched, at);
  return { inputs: all, context, result };
}

/** The entries of a dictionary by what they belong to. */
export interface Grouped<G extends Key, K extends Key, V> {
  readonly of: Dict<K, V>;
  readonly groups: Dict<G, Dict<K, V>>;
}

/**
 * Sorts the entries of `input` into groups, by the same rule as {@link derive}: a group is another object when one of its entries
 * is, and only then. `groupsOf` may depend on its argument alone; an entry can be in several groups, or in none.
 */
export function group<G extends Key, K extends Key, V>(
  last: Grouped<G, K, V> | undefined,
  input: Dict<K, V>,
  groupsOf: (value: V) => readonly G[],
): Grouped<G, K, V> {
  if (last?.of === input) return last;
  if (last === undefined) return { of: input, groups: grouped(input, groupsOf) };
  let { groups } = last;
  for (const { key, before, after } of Dict.differences(last.of, input)) {
    const now = after === undefined ? [] : groupsOf(after);
    for (const name of before === undefined ? [] : groupsOf(before)) {
      if (now.includes(name)) continue;
      const rest = groups.get(name)?.without(key);
      groups = groups.put(name, rest === undefined || rest.size === 0 ? undefined : rest);
    }
    for (const name of now) {
      if (after !== undefined) groups = groups.with(name, (groups.get(name) ?? Dict.empty<K, V>()).with(key, after));
    }
  }
  return { of: input, groups };
}

function touch<K extends Key, V>(before: Dict<K, V>, keys: Iterable<K>, at: (key: K) => V | undefined): Dict<K, V> {
  let result = before;
  for (const key of keys) result = result.put(key, at(key));
  return result;
}

function rebuilt<K extends Key, V>(keys: Iterable<K>, at: (key: K) => V | undefined): Dict<K, V> {
  const entries: [K, V][] = [];
  for (const key of keys) {
    const value = at(key);
    if (value !== undefined) entries.push([key, value]);
  }
  return Dict.of(entries);
}

function grouped<G extends Key, K extends Key, V>(
  input: Dict<K, V>,
  groupsOf: (value: V) => readonly G[],
): Dict<G, Dict<K, V>> {
  const groups = new Map<G, [K, V][]>();
  for (const entry of input) {
    for (const name of groupsOf(entry[1])) {
      const known = groups.get(name);
      if (known === undefined) groups.set(name, [entry]);
      else known.push(entry);
    }
  }
  return Dict.of(Array.from(groups, ([name, entries]) => [name, Dict.of(entries)] as const));
}

/** Whether two lists have the same objects, and as many. */
export function same(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}

/** What a dictionary can be keyed by; entries stand in the order of their keys. */
export type Key = string | number;

interface Branch<K extends Key, V> {
  readonly key: K;
  readonly value: V;
  /** Of two entries the one with the higher rank is nearer to the root, so that the same entries always make the same tree. */
  readonly rank: number;
  readonly size: number;
  readonly left: Tree<K, V>;
  readonly right: Tree<K, V>;
}

type Tree<K extends Key, V> = Branch<K, V> | undefined;

/** How one entry differs between two dictionaries; undefined: it is not there. */
export interface Difference<K extends Key, V> {
  readonly key: K;
  readonly before: V | undefined;
  readonly after: V | undefined;
}

/**
 * A map that never changes: to change it makes another one, which shares with the old all that is the same. So a dictionary is a
 * value that can be kept, and what two of them differ in is found at the cost of the differences alone ({@link differences}).
 * Values are compared by identity. The tree is a treap whose ranks are hashes of the keys: its shape depends on nothing but them.
 */
export class Dict<K extends Key, V> implements ReadonlyMap<K, V> {
  static readonly #EMPTY = new Dict<Key, unknown>(undefined);

  readonly #root: Tree<K, V>;

  private constructor(root: Tree<K, V>) {
    this.#root = root;
  }

  static empty<K extends Key, V>(): Dict<K, V> {
    return Dict.#EMPTY as Dict<K, V>;
  }

  /** Of entries with one key the last one counts. */
  static of<K extends Key, V>(entries: Iterable<readonly [K, V]>): Dict<K, V> {
    if (entries instanceof Dict) return entries as Dict<K, V>;
    const sorted = Array.from(new Map(entries)).sort(([a], [b]) => (a < b ? -1 : 1));
    return Dict.#from(built(sorted));
  }

  static #from<K extends Key, V>(root: Tree<K, V>): Dict<K, V> {
    return root === undefined ? Dict.empty() : new Dict(root);
  }

  /** Every entry that `before` and `after` do not have in common, in order. */
  static differences<K extends Key, V>(before: Dict<K, V>, after: Dict<K, V>): readonly Difference<K, V>[] {
    const found: Difference<K, V>[] = [];
    compare(before.#root, after.#root, found);
    return found;
  }

  get size(): number {
    return this.#root?.size ?? 0;
  }

  get(key: K): V | undefined {
    return find(this.#root, key)?.value;
  }

  has(key: K): boolean {
    return find(this.#root, key) !== undefined;
  }

  /** The dictionary in which `value` is at `key`; this very one where it is so already. */
  with(key: K, value: V): Dict<K, V> {
    const root = inserted(this.#root, key, value, rankOf(key));
    return root === this.#root ? this : new Dict(root);
  }

  /** The dictionary without an entry at `key`; this very one where there is none. */
  without(key: K): Dict<K, V> {
    const root = removed(this.#root, key);
    return root === this.#root ? this : Dict.#from(root);
  }

  /** As `with`, or `without` where `value` is undefined. */
  put(key: K, value: V | undefined): Dict<K, V> {
    return value === undefined ? this.without(key) : this.with(key, value);
  }

  forEach(visit: (value: V, key: K, dict: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this) visit(value, key, this);
  }

  *entries(): Generator<[K, V], undefined> {
    for (const { key, value } of walk(this.#root)) yield [key, value];
  }

  *keys(): Generator<K, undefined> {
    for (const { key } of walk(this.#root)) yield key;
  }

  *values(): Generator<V, undefined> {
    for (const { value } of walk(this.#root)) yield value;
  }

  [Symbol.iterator](): Generator<[K, V], undefined> {
    return this.entries();
  }
}

function branch<K extends Key, V>(
  { key, value, rank }: Pick<Branch<K, V>, 'key' | 'value' | 'rank'>,
  left: Tree<K, V>,
  right: Tree<K, V>,
): Branch<K, V> {
  return { key, value, rank, size: 1 + (left?.size ?? 0) + (right?.size ?? 0), left, right };
}

function isAbove<K extends Key>(key: K, rank: number, other: Branch<K, unknown>): boolean {
  return rank === other.rank ? key < other.key : rank > other.rank;
}

function find<K extends Key, V>(tree: Tree<K, V>, key: K): Tree<K, V> {
  let at = tree;
  while (at !== undefined && at.key !== key) at = key < at.key ? at.left : at.right;
  return at;
}

function inserted<K extends Key, V>(tree: Tree<K, V>, key: K, value: V, rank: number): Branch<K, V> {
  if (tree === undefined) return { key, value, rank, size: 1, left: undefined, right: undefined };
  if (tree.key === key) return tree.value === value ? tree : { ...tree, value };
  if (isAbove(key, rank, tree)) {
    const [left, , right] = split(tree, key);
    return branch({ key, value, rank }, left, right);
  }
  if (key < tree.key) {
    const left = inserted(tree.left, key, value, rank);
    return left === tree.left ? tree : branch(tree, left, tree.right);
  }
  const right = inserted(tree.right, key, value, rank);
  return right === tree.right ? tree : branch(tree, tree.left, right);
}

function removed<K extends Key, V>(tree: Tree<K, V>, key: K): Tree<K, V> {
  if (tree === undefined) return undefined;
  if (tree.key === key) return joined(tree.left, tree.right);
  if (key < tree.key) {
    const left = removed(tree.left, key);
    return left === tree.left ? tree : branch(tree, left, tree.right);
  }
  const right = removed(tree.right, key);
  return right === tree.right ? tree : branch(tree, tree.left, right);
}

/** What of the tree is before `key`, at it and after it. */
function split<K extends Key, V>(tree: Tree<K, V>, key: K): [Tree<K, V>, Tree<K, V>, Tree<K, V>] {
  if (tree === undefined) return [undefined, undefined, undefined];
  if (tree.key === key) return [tree.left, tree, tree.right];
  if (key < tree.key) {
    const [before, at, after] = split(tree.left, key);
    return [before, at, after === tree.left ? tree : branch(tree, after, tree.right)];
  }
  const [before, at, after] = split(tree.right, key);
  return [before === tree.right ? tree : branch(tree, tree.left, before), at, after];
}

/** One tree of two, of which all keys of the first are before those of the second. */
function joined<K extends Key, V>(first: Tree<K, V>, second: Tree<K, V>): Tree<K, V> {
  if (first === undefined) return second;
  if (second === undefined) return first;
  return isAbove(first.key, first.rank, second)
    ? branch(first, first.left, joined(first.right, second))
    : branch(second, joined(first, second.left), second.right);
}

function compare<K extends Key, V>(before: Tree<K, V>, after: Tree<K, V>, found: Difference<K, V>[]): void {
  if (before === after) return;
  if (before === undefined) {
    for (const { key, value } of walk(after)) found.push({ key, before: undefined, after: value });
    return;
  }
  // The higher root divides both.
  const top = after === undefined || isAbove(before.key, before.rank, after) ? before : after;
  const [oldLeft, old, oldRight] = split(before, top.key);
  const [youngLeft, young, youngRight] = split(after, top.key);
  compare(oldLeft, youngLeft, found);
  if (old?.value !== young?.value) found.push({ key: top.key, before: old?.value, after: young?.value });
  compare(oldRight, youngRight, found);
}

/** The tree of entries in order, each key once. */
function built<K extends Key, V>(sorted: readonly (readonly [K, V])[]): Tree<K, V> {
  // The right spine of the tree so far, root first: an entry takes those below its rank as its left side.
  const spine: { key: K; value: V; rank: number; left: Tree<K, V> }[] = [];
  const fold = (keep: (top: { key: K; rank: number }) => boolean): Tree<K, V> => {
    let folded: Tree<K, V>;
    for (let top = spine.at(-1); top !== undefined && !keep(top); top = spine.at(-1)) {
      spine.pop();
      folded = branch(top, top.left, folded);
    }
    return folded;
  };
  for (const [key, value] of sorted) {
    const rank = rankOf(key);
    const left = fold((top) => (top.rank === rank ? top.key < key : top.rank > rank));
    spine.push({ key, value, rank, left });
  }
  return fold(() => false);
}

function* walk<K extends Key, V>(tree: Tree<K, V>): Generator<Branch<K, V>, undefined> {
  const pending: Branch<K, V>[] = [];
  let at = tree;
  while (at !== undefined || pending.length > 0) {
    for (; at !== undefined; at = at.left) pending.push(at);
    const next = pending.pop();
    if (next === undefined) return;
    yield next;
    at = next.right;
  }
}

/** A hash that spreads keys which look alike (FNV-1a, with the finish of MurmurHash3). */
function rankOf(key: Key): number {
  const text = typeof key === 'string' ? key : String(key);
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Numbers for the communities of a bridge, to compare in a register: 1 to 2^32 - 1, 0 meaning "isolated". A name keeps
 * its number as others come and go (it is a hash of the name), so that flows stay as they are; two names never share one.
 */
export function communityNumbers(names: Iterable<string>): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  const taken = new Set<number>([0]);
  for (const name of [...new Set(names)].sort()) {
    let number = fnv1a(name);
    while (taken.has(number)) number = (number + 1) >>> 0;
    taken.add(number);
    numbers.set(name, number);
  }
  return numbers;
}

/** The number of a community, 0 for none, where `displaced` has those that are not the hash of their name. */
export function numberOf(community: string | undefined, displaced: ReadonlyMap<string, number>): number {
  return community === undefined ? 0 : (displaced.get(community) ?? fnv1a(community));
}

const known = new Map<string, number>();
/** So many names are remembered; a host has few. */
const REMEMBERED = 10_000;

/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
function fnv1a(text: string): number {
  const before = known.get(text);
  if (before !== undefined) return before;
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  if (known.size >= REMEMBERED) known.clear();
  known.set(text, hash);
  return hash;
}

/**
 * Numbers for the communities of a primary VLAN, to compare in a register: 1 to 2^32 - 1, 0 meaning "isolated". A name keeps
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

/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

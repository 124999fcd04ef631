/** A set of small whole numbers, one bit each. Treated as immutable wherever it is shared. */
export type Bits = Uint32Array;

export function noBits(size: number): Bits {
  return new Uint32Array((size + 31) >>> 5);
}

export function allBits(size: number): Bits {
  const bits = noBits(size).fill(0xffffffff);
  const last = size & 31;
  if (last !== 0) bits[bits.length - 1] = (1 << last) - 1;
  return bits;
}

export function bitsOf(size: number, members: Iterable<number>): Bits {
  const bits = noBits(size);
  for (const member of members) setBit(bits, member);
  return bits;
}

export function setBit(bits: Bits, member: number): void {
  const word = member >>> 5;
  bits[word] = (bits[word] ?? 0) | (1 << (member & 31));
}

export function hasBit(bits: Bits, member: number): boolean {
  return (((bits[member >>> 5] ?? 0) >>> (member & 31)) & 1) === 1;
}

// Plain loops: these functions are nearly all that a proof does.

export function isEmpty(bits: Bits): boolean {
  for (let index = 0; index < bits.length; index++) if (bits[index] !== 0) return false;
  return true;
}

export function both(left: Bits, right: Bits): Bits {
  const bits = new Uint32Array(left.length);
  for (let index = 0; index < left.length; index++) bits[index] = (left[index] ?? 0) & (right[index] ?? 0);
  return bits;
}

export function without(left: Bits, right: Bits): Bits {
  const bits = new Uint32Array(left.length);
  for (let index = 0; index < left.length; index++) bits[index] = (left[index] ?? 0) & ~(right[index] ?? 0);
  return bits;
}

/** Adds the members of `more` to `bits`, in place. */
export function addAll(bits: Bits, more: Bits): void {
  for (let index = 0; index < bits.length; index++) bits[index] = (bits[index] ?? 0) | (more[index] ?? 0);
}

export function intersects(left: Bits, right: Bits): boolean {
  for (let index = 0; index < left.length; index++) {
    if (((left[index] ?? 0) & (right[index] ?? 0)) !== 0) return true;
  }
  return false;
}

export function* members(bits: Bits): Generator<number> {
  for (const [index, word] of bits.entries()) {
    let rest = word;
    while (rest !== 0) {
      const bit = 31 - Math.clz32(rest & -rest);
      yield index * 32 + bit;
      rest &= rest - 1;
    }
  }
}

export function countBits(bits: Bits): number {
  let count = 0;
  for (const word of bits) {
    let rest = word;
    while (rest !== 0) {
      rest &= rest - 1;
      count += 1;
    }
  }
  return count;
}

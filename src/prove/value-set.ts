import {
  addAll,
  both as bothBits,
  hasBit,
  isEmpty as noBitsAt,
  members,
  without as withoutBits,
  type Bits,
} from './bits.ts';

/** What a set has to know of the values of its field: they fall into regions, and some of them have numbers. */
export interface Values {
  /** The region that the value with this number is in. */
  regionOf(number: number): number;
  /** How many values the region has, numbered or not. */
  sizeOf(region: number): number;
  readonly everything: ValueSet;
}

/**
 * A set of values of one field: whole regions, but for the numbered values in `odd`, which are in where their region is not and out
 * where it is. Immutable. A value that gets a number later leaves every set as it was, so sets outlive changes of the flows.
 */
export class ValueSet {
  readonly values: Values;
  readonly regions: Bits;
  /** Ascending. */
  readonly odd: readonly number[];

  constructor(values: Values, regions: Bits, odd: readonly number[]) {
    this.values = values;
    this.regions = regions;
    this.odd = odd;
  }

  has(number: number): boolean {
    return hasBit(this.regions, this.values.regionOf(number)) !== this.#isOdd(number);
  }

  get isEmpty(): boolean {
    if (noBitsAt(this.regions)) return this.odd.length === 0;
    for (const region of members(this.regions)) {
      const size = this.values.sizeOf(region);
      if (this.odd.length < size) return false;
      if (this.odd.filter((number) => this.values.regionOf(number) === region).length < size) return false;
    }
    return this.odd.every((number) => hasBit(this.regions, this.values.regionOf(number)));
  }

  /** Whether it is `odd` alone. */
  get isListed(): boolean {
    return noBitsAt(this.regions);
  }

  /** Whether it is one numbered value. */
  get isSingle(): boolean {
    return this.odd.length === 1 && noBitsAt(this.regions);
  }

  /** Those numbered values of the field: only for a set that is listed itself. */
  withNumbers(numbers: readonly number[]): ValueSet {
    return new ValueSet(this.values, this.regions, numbers);
  }

  isWithin(outer: ValueSet): boolean {
    return this === outer || this.without(outer).isEmpty;
  }

  and(other: ValueSet): ValueSet {
    if (this === other) return this;
    if (this.isListed) return this.#those(other, true);
    if (other.isListed) return other.#those(this, true);
    if (other === this.values.everything) return this;
    if (this === this.values.everything) return other;
    const set = this.#merged(other, bothBits(this.regions, other.regions), (left, right) => left && right);
    return set.#equals(this) ? this : set;
  }

  without(other: ValueSet): ValueSet {
    if (this.isListed) return this.#those(other, false);
    return this.#merged(other, withoutBits(this.regions, other.regions), (left, right) => left && !right);
  }

  or(other: ValueSet): ValueSet {
    const regions = this.regions.slice();
    addAll(regions, other.regions);
    return this.#merged(other, regions, (left, right) => left || right);
  }

  #those(other: ValueSet, wanted: boolean): ValueSet {
    const { odd } = this;
    const [only] = odd;
    if (only !== undefined && odd.length === 1)
      return other.has(only) === wanted ? this : new ValueSet(this.values, this.regions, []);
    const kept = odd.filter((number) => other.has(number) === wanted);
    return kept.length === odd.length ? this : new ValueSet(this.values, this.regions, kept);
  }

  #equals({ regions, odd }: ValueSet): boolean {
    return (
      odd.length === this.odd.length &&
      regions.every((word, index) => word === this.regions[index]) &&
      odd.every((number, index) => number === this.odd[index])
    );
  }

  #merged(other: ValueSet, regions: Bits, is: (left: boolean, right: boolean) => boolean): ValueSet {
    const [mine, its] = [this.odd, other.odd];
    const odd: number[] = [];
    for (let left = 0, right = 0; left < mine.length || right < its.length;) {
      const [one, another] = [mine[left] ?? Infinity, its[right] ?? Infinity];
      const number = Math.min(one, another);
      const region = this.values.regionOf(number);
      const inMine = hasBit(this.regions, region) !== (one === number);
      const inIts = hasBit(other.regions, region) !== (another === number);
      if (is(inMine, inIts) !== hasBit(regions, region)) odd.push(number);
      if (one === number) left += 1;
      if (another === number) right += 1;
    }
    return new ValueSet(this.values, regions, odd);
  }

  #isOdd(number: number): boolean {
    const { odd } = this;
    let [low, high] = [0, odd.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = odd[middle] ?? Infinity;
      if (there === number) return true;
      if (there < number) low = middle + 1;
      else high = middle;
    }
    return false;
  }
}

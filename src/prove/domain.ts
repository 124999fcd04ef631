import { allBits, bitsOf, hasBit, noBits } from './bits.ts';
import { ValueSet, type Values } from './value-set.ts';

/** What a flow asks of a field: the bits of `mask` have to be those of `value`, which has no others. */
export interface Constraint {
  readonly value: bigint;
  readonly mask: bigint;
}

/** Values that no masked constraint tells apart. */
interface Region {
  /** What they have in common, as constraints of which each of them meets exactly one. */
  readonly cubes: readonly Constraint[];
  readonly size: number;
}

/** Some values of a field that nothing on the switch tells apart, and one of them. */
export interface Alike {
  readonly witness: bigint;
  /** Whether the witness is the only one. */
  readonly isSingle: boolean;
  readonly set: ValueSet;
}

/**
 * The values of a field: split into regions by the masked constraints that there are, and those that are compared as a whole have
 * numbers. Exact: values that have no number and are in one region are the same to every constraint.
 */
export class Domain implements Values {
  readonly everything: ValueSet;
  readonly #full: bigint;
  readonly #regions: readonly Region[];
  readonly #masks: ReadonlySet<string>;
  readonly #numbers = new Map<bigint, number>();
  readonly #values: bigint[] = [];
  readonly #regionOf: number[] = [];
  readonly #known = new Map<string, ValueSet>();

  /** `domain`: cubes that do not overlap and together are every value that the field can have. */
  constructor(bits: number, domain: readonly Constraint[], constraints: Iterable<Constraint>) {
    this.#full = (1n << BigInt(bits)) - 1n;
    const masked = new Map<string, Constraint>();
    const single: bigint[] = [];
    for (const one of constraints) {
      if (one.mask === this.#full) single.push(one.value);
      else masked.set(keyOf(one), one);
    }
    this.#masks = new Set(masked.keys());
    this.#regions = regionsOf(domain, [...masked.values()], this.#full);
    this.everything = new ValueSet(this, allBits(this.#regions.length), []);
    // A value that no flow names may be one that a port's setting tells from others: it has a number before anybody asks for it.
    for (const value of single) this.#exactly(value);
  }

  regionOf(number: number): number {
    return this.#regionOf[number] ?? 0;
  }

  sizeOf(region: number): number {
    return this.#regions[region]?.size ?? 0;
  }

  /** Whether the domain can answer for `constraint`: a mask that is new needs another domain. */
  knows(constraint: Constraint): boolean {
    return constraint.mask === this.#full || this.#masks.has(keyOf(constraint));
  }

  /** The values that meet `constraint`. @throws RangeError for a mask that the domain was not made for */
  meeting(constraint: Constraint): ValueSet {
    const key = keyOf(constraint);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const set = constraint.mask === this.#full ? this.#exactly(constraint.value) : this.#masked(constraint);
    this.#known.set(key, set);
    return set;
  }

  /** The set of `value` alone. @throws RangeError for what is no value of the field */
  only(value: bigint): ValueSet {
    const set = this.meeting({ value, mask: this.#full });
    if (set.isEmpty) throw new RangeError(`${value} is no value of the field`);
    return set;
  }

  includes(set: ValueSet, value: bigint): boolean {
    const number = this.#numbers.get(value);
    if (number !== undefined) return set.has(number);
    const region = this.#find(value);
    return region !== undefined && hasBit(set.regions, region);
  }

  /** `set` split into values that nothing tells apart: those with numbers first. */
  alike(set: ValueSet): readonly Alike[] {
    const singles = set.isListed
      ? set.odd
      : this.#values.map((_, number) => number).filter((number) => set.has(number));
    return [
      ...singles.map((number) => this.#single(number)),
      ...this.#regions.flatMap((_, region): readonly Alike[] => {
        const witness = hasBit(set.regions, region) ? this.#unnumbered(region) : undefined;
        if (witness === undefined) return [];
        const numbered = this.#values.flatMap((_value, number) => (this.#regionOf[number] === region ? [number] : []));
        const rest = new ValueSet(this, bitsOf(this.#regions.length, [region]), numbered);
        return [{ witness, isSingle: false, set: rest }];
      }),
    ];
  }

  #single(number: number): Alike {
    const witness = this.#values[number] ?? 0n;
    return { witness, isSingle: true, set: this.only(witness) };
  }

  #exactly(value: bigint): ValueSet {
    const region = this.#find(value);
    const none = noBits(this.#regions.length);
    if (region === undefined) return new ValueSet(this, none, []);
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.#values.length;
      this.#numbers.set(value, number);
      this.#values.push(value);
      this.#regionOf.push(region);
    }
    return new ValueSet(this, none, [number]);
  }

  #masked(constraint: Constraint): ValueSet {
    if (!this.knows(constraint)) throw new RangeError(`the mask ${constraint.mask.toString(16)} is new`);
    const met = this.#regions.flatMap(({ cubes }, region) =>
      cubes.some((cube) => includes(constraint, cube.value)) ? [region] : [],
    );
    return new ValueSet(this, bitsOf(this.#regions.length, met), []);
  }

  #find(value: bigint): number | undefined {
    const found = this.#regions.findIndex(({ cubes }) => cubes.some((cube) => includes(cube, value)));
    return found < 0 ? undefined : found;
  }

  /** A value of the region that has no number. */
  #unnumbered(region: number): bigint | undefined {
    for (const cube of this.#regions[region]?.cubes ?? []) {
      const free = this.#full & ~cube.mask;
      // Counting through the free bits alone: (x | fixed) + 1 carries over the fixed ones.
      let part = 0n;
      do {
        if (!this.#numbers.has(cube.value | part)) return cube.value | part;
        part = ((part | ~free) + 1n) & free;
      } while (part !== 0n);
    }
    return undefined;
  }
}

/** `domain`, split by each of `masked`. */
function regionsOf(domain: readonly Constraint[], masked: readonly Constraint[], full: bigint): readonly Region[] {
  let groups: (readonly Constraint[])[] = [domain];
  for (const constraint of masked) {
    groups = groups.flatMap((cubes) => {
      if (!cubes.some((cube) => overlaps(cube, constraint))) return [cubes];
      const inside: Constraint[] = [];
      const outside: Constraint[] = [];
      for (const cube of cubes) split(cube, constraint, inside, outside);
      return [inside, outside].filter((part) => part.length > 0);
    });
  }
  return groups.map((cubes) => ({
    cubes,
    size: cubes.reduce((sum, { mask }) => sum + 2 ** bitCount(full & ~mask), 0),
  }));
}

function bitCount(bits: bigint): number {
  let count = 0;
  for (let rest = bits; rest !== 0n; rest &= rest - 1n) count += 1;
  return count;
}

function keyOf({ value, mask }: Constraint): string {
  return `${value}/${mask}`;
}

function includes(cube: Constraint, value: bigint): boolean {
  return (value & cube.mask) === cube.value;
}

function overlaps(left: Constraint, right: Constraint): boolean {
  return ((left.value ^ right.value) & left.mask & right.mask) === 0n;
}

/** The part of `cube` that meets `constraint` goes to `inside`, the rest, as cubes that do not overlap, to `outside`. */
function split(cube: Constraint, constraint: Constraint, inside: Constraint[], outside: Constraint[]): void {
  if (!overlaps(cube, constraint)) {
    outside.push(cube);
    return;
  }
  let { value, mask } = cube;
  let open = constraint.mask & ~cube.mask;
  while (open !== 0n) {
    const bit = open & -open;
    open &= ~bit;
    outside.push({ value: value | (~constraint.value & bit), mask: mask | bit });
    value |= constraint.value & bit;
    mask |= bit;
  }
  inside.push({ value, mask });
}

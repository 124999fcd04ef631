import { bitsOf, type Bits } from './bits.ts';

/** What a flow asks of a field: the bits of `mask` have to be those of `value`, which has no others. */
export interface Constraint {
  readonly value: bigint;
  readonly mask: bigint;
}

/** Values that no constraint tells apart. */
interface Atom {
  /** One of them. */
  readonly witness: bigint;
  /** What they have in common, as constraints of which each of them meets one; undefined where it is `witness` alone. */
  readonly cubes: readonly Constraint[] | undefined;
}

/**
 * The values of a field, split into the smallest sets that a list of constraints can tell apart. Exact: two values are in one atom
 * exactly when every constraint says the same of both. Atoms are numbered from 0.
 */
export class Partition {
  readonly atoms: readonly Atom[];
  readonly #full: bigint;
  readonly #exact = new Map<bigint, number>();
  readonly #known = new Map<string, Bits>();

  /** `domain`: cubes that do not overlap and together are every value that the field can have. */
  constructor(bits: number, domain: readonly Constraint[], constraints: Iterable<Constraint>) {
    this.#full = (1n << BigInt(bits)) - 1n;
    const exact = new Set<bigint>();
    const masked = new Map<string, Constraint>();
    for (const { value, mask } of constraints) {
      if (mask === this.#full) exact.add(value);
      else masked.set(`${value}/${mask}`, { value, mask });
    }
    const singles = [...exact].filter((value) => domain.some((cube) => includes(cube, value)));
    this.atoms = [
      ...singles.map((witness): Atom => ({ witness, cubes: undefined })),
      ...this.#rest(domain, [...masked.values()], singles),
    ];
    for (const [index, { witness, cubes }] of this.atoms.entries()) {
      if (cubes === undefined) this.#exact.set(witness, index);
    }
  }

  get size(): number {
    return this.atoms.length;
  }

  /** The atoms whose values meet `constraint`, which has to be one that the partition was made for. */
  meeting(constraint: Constraint): Bits {
    const { value, mask } = constraint;
    const key = `${value}/${mask}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const single = mask === this.#full ? this.#exact.get(value) : undefined;
    const met =
      mask === this.#full
        ? single === undefined
          ? []
          : [single]
        : this.atoms.flatMap(({ witness }, index) => ((witness & mask) === value ? [index] : []));
    const bits = bitsOf(this.size, met);
    this.#known.set(key, bits);
    return bits;
  }

  /** The atom that `value` is in. @throws RangeError for what is no value of the field */
  atomOf(value: bigint): number {
    const known = this.#exact.get(value);
    if (known !== undefined) return known;
    const found = this.atoms.findIndex(({ cubes }) => cubes?.some((cube) => includes(cube, value)) === true);
    if (found < 0) throw new RangeError(`${value} is no value of the field`);
    return found;
  }

  /** Splits `domain` by the masked constraints, takes the single values out, and drops what is empty then. */
  #rest(domain: readonly Constraint[], masked: readonly Constraint[], singles: readonly bigint[]): readonly Atom[] {
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
    const taken = new Set(singles);
    return groups.flatMap((cubes): readonly Atom[] => {
      const witness = cubes.map((cube) => this.#free(cube, taken)).find((value) => value !== undefined);
      return witness === undefined ? [] : [{ witness, cubes }];
    });
  }

  /** A value of `cube` that is not `taken`. */
  #free(cube: Constraint, taken: ReadonlySet<bigint>): bigint | undefined {
    const free = this.#full & ~cube.mask;
    // Counting through the free bits alone: (x | fixed) + 1 carries over the fixed ones.
    let part = 0n;
    for (let tries = 0; tries <= taken.size; tries++) {
      const value = cube.value | part;
      if (!taken.has(value)) return value;
      part = ((part | ~free) + 1n) & free;
      if (part === 0n) return undefined;
    }
    return undefined;
  }
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

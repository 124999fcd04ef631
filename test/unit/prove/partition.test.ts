import { expect } from 'chai';
import fc from 'fast-check';
import { members } from '../../../src/prove/bits.ts';
import { Partition, type Constraint } from '../../../src/prove/partition.ts';

const BITS = 7;
const VALUES = Array.from({ length: 1 << BITS }, (_, value) => BigInt(value));
const everything: readonly Constraint[] = [{ value: 0n, mask: 0n }];

const constraint = fc
  .record({ value: fc.bigInt(0n, 127n), mask: fc.oneof(fc.constant(127n), fc.bigInt(0n, 127n)) })
  .map(({ value, mask }) => ({ value: value & mask, mask }));

function meets(value: bigint, { value: wanted, mask }: Constraint): boolean {
  return (value & mask) === wanted;
}

describe('the partition of a field', () => {
  it('puts two values into one atom exactly when every constraint says the same of both', () => {
    fc.assert(
      fc.property(fc.array(constraint, { maxLength: 12 }), (constraints) => {
        const partition = new Partition(BITS, everything, constraints);
        const signature = (value: bigint): string => constraints.map((one) => (meets(value, one) ? 1 : 0)).join('');
        const single = new Set(constraints.filter(({ mask }) => mask === 127n).map(({ value }) => value));
        const atoms = new Map<string, number>();
        for (const value of VALUES) {
          const key = single.has(value) ? `exactly ${value}` : signature(value);
          const atom = partition.atomOf(value);
          expect(atoms.get(key) ?? atom).to.equal(atom);
          atoms.set(key, atom);
        }
        expect(new Set(atoms.values()).size).to.equal(partition.size);
      }),
    );
  });

  it('answers for each constraint with the atoms that meet it', () => {
    fc.assert(
      fc.property(fc.array(constraint, { minLength: 1, maxLength: 12 }), (constraints) => {
        const partition = new Partition(BITS, everything, constraints);
        for (const one of constraints) {
          const met = new Set(members(partition.meeting(one)));
          for (const value of VALUES) expect(met.has(partition.atomOf(value))).to.equal(meets(value, one));
        }
      }),
    );
  });

  it('has no atom for values that the field cannot have', () => {
    const tagless: readonly Constraint[] = [
      { value: 0n, mask: 127n },
      { value: 64n, mask: 64n },
    ];
    const partition = new Partition(BITS, tagless, [
      { value: 1n, mask: 127n },
      { value: 64n, mask: 64n },
    ]);
    expect(partition.size).to.equal(2);
    expect(() => partition.atomOf(1n)).to.throw(RangeError);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { Domain, type Constraint } from '../../../src/prove/domain.ts';
import type { ValueSet } from '../../../src/prove/value-set.ts';

const BITS = 5;
const LAST = (1n << BigInt(BITS)) - 1n;
const VALUES = Array.from({ length: 1 << BITS }, (_, value) => BigInt(value));
const everything: readonly Constraint[] = [{ value: 0n, mask: 0n }];

const constraint = fc
  .record({ value: fc.bigInt(0n, LAST), mask: fc.oneof(fc.constant(LAST), fc.bigInt(0n, LAST)) })
  .map(({ value, mask }) => ({ value: value & mask, mask }));
const constraints = fc.array(constraint, { minLength: 1, maxLength: 8 });

function meets(value: bigint, { value: wanted, mask }: Constraint): boolean {
  return (value & mask) === wanted;
}

function valuesIn(domain: Domain, set: ValueSet): readonly bigint[] {
  return VALUES.filter((value) => domain.includes(set, value));
}

describe('the values of a field', () => {
  it('are told apart where only a port’s setting names one, though no flow asks for it', () => {
    const domain = new Domain(BITS, everything, [{ value: 9n, mask: LAST }]);
    const [nine, others] = domain.alike(domain.everything);
    expect([nine?.witness, nine?.isSingle]).to.deep.equal([9n, true]);
    expect(others?.witness).to.not.equal(9n);
    expect(domain.includes(domain.everything.without(domain.only(9n)), 9n)).to.equal(false);
  });

  it('meet a constraint exactly when their bits do', () => {
    fc.assert(
      fc.property(constraints, (all) => {
        const domain = new Domain(BITS, everything, all);
        for (const one of all) {
          expect(valuesIn(domain, domain.meeting(one))).to.deep.equal(VALUES.filter((value) => meets(value, one)));
        }
      }),
    );
  });

  it('form sets that are joined, cut and taken from each other as sets of values are', () => {
    const step = fc.record({ what: fc.constantFrom('and', 'or', 'without'), by: constraint, late: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const domain = new Domain(
          BITS,
          everything,
          steps.map(({ by }) => by),
        );
        // Values may get their numbers before a set is made, or after.
        for (const { by, late } of steps) if (!late) domain.meeting(by);
        let set = domain.everything;
        let wanted = VALUES;
        for (const { what, by } of steps) {
          const other = VALUES.filter((value) => meets(value, by));
          const before = set;
          set = set[what as 'and'](domain.meeting(by));
          wanted =
            what === 'or'
              ? VALUES.filter((value) => wanted.includes(value) || other.includes(value))
              : wanted.filter((value) => other.includes(value) === (what === 'and'));
          expect(valuesIn(domain, set)).to.deep.equal(wanted);
          expect(set.isEmpty).to.equal(wanted.length === 0);
          expect(set.isWithin(before)).to.equal(valuesIn(domain, set).every((value) => domain.includes(before, value)));
          const alike = domain.alike(set);
          expect(alike.flatMap((one) => valuesIn(domain, one.set)).sort()).to.deep.equal([...wanted].sort());
          for (const one of alike) expect(domain.includes(one.set, one.witness)).to.equal(true);
        }
      }),
    );
  });

  it('are none that the field cannot have', () => {
    const tagless: readonly Constraint[] = [
      { value: 0n, mask: LAST },
      { value: 16n, mask: 16n },
    ];
    const domain = new Domain(BITS, tagless, [{ value: 16n, mask: 16n }]);
    expect(() => domain.only(1n)).to.throw(RangeError);
    expect(domain.alike(domain.everything)).to.have.lengthOf(2);
  });

  it('have to be split anew for a mask that is new', () => {
    const domain = new Domain(BITS, everything, [{ value: 16n, mask: 16n }]);
    expect(
      [
        { value: 3n, mask: LAST },
        { value: 16n, mask: 16n },
        { value: 8n, mask: 8n },
      ].map((one) => domain.knows(one)),
    ).to.deep.equal([true, true, false]);
    expect(() => domain.meeting({ value: 8n, mask: 8n })).to.throw(RangeError);
  });
});

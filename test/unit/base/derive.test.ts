import { expect } from 'chai';
import fc from 'fast-check';
import { Derivation } from '../../../src/base/derivation.ts';
import { derive, group, type Derived, type Grouped } from '../../../src/base/derive.ts';
import { Dict } from '../../../src/base/dict.ts';
import { runs } from '../../support/runs.ts';

/** Values are compared by identity, so each number is one object. */
const VALUES = Array.from({ length: 4 }, (_, number) => ({ number }));
type Value = (typeof VALUES)[number];

const anyKey = fc.integer({ min: 0, max: 40 });
/** One change after the other: what becomes of a key. */
const anyHistory = fc.array(fc.tuple(anyKey, fc.option(fc.constantFrom(...VALUES), { nil: undefined })), {
  maxLength: 120,
});

describe('dictionary', () => {
  it('is a map, in the order of its keys, whatever the order of changes', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const map = new Map<number, Value>();
        let dict = Dict.empty<number, Value>();
        for (const [key, value] of history) {
          dict = dict.put(key, value);
          if (value === undefined) map.delete(key);
          else map.set(key, value);
        }
        const sorted = [...map].sort(([a], [b]) => a - b);
        expect([...dict]).to.deep.equal(sorted);
        expect(dict.size).to.equal(map.size);
        for (let key = 0; key <= 40; key += 1) {
          expect(dict.get(key)).to.equal(map.get(key));
          expect(dict.has(key)).to.equal(map.has(key));
        }
        expect(Dict.differences(dict, Dict.of(map))).to.deep.equal([]);
        expect([...Dict.of(map)]).to.deep.equal(sorted);
      }),
      { numRuns: runs(1000) },
    );
  });

  it('tells what two have not in common, and nothing else', () => {
    fc.assert(
      fc.property(anyHistory, anyHistory, (first, second) => {
        const apply = (dict: Dict<number, Value>, history: typeof first): Dict<number, Value> =>
          history.reduce((now, [key, value]) => now.put(key, value), dict);
        const before = apply(Dict.empty(), first);
        const after = apply(before, second);
        const keys = Array.from({ length: 41 }, (_, key) => key);
        const expected = keys
          .filter((key) => before.get(key) !== after.get(key))
          .map((key) => ({ key, before: before.get(key), after: after.get(key) }));
        expect(Dict.differences(before, after)).to.deep.equal(expected);
        expect(Dict.differences(before, apply(Dict.empty(), [...first, ...second]))).to.deep.equal(expected);
      }),
      { numRuns: runs(1000) },
    );
  });

  it('is the same object where nothing changes', () => {
    const [value = { number: 0 }] = VALUES;
    const dict = Dict.of<string, Value>([['a', value]]);
    expect(dict.with('a', value)).to.equal(dict);
    expect(dict.without('b')).to.equal(dict);
    expect(dict.without('a')).to.equal(Dict.empty());
    expect(Dict.of(dict)).to.equal(dict);
  });

  it('finds one difference among 100,000 entries without looking at them', () => {
    const dict = Dict.of(Array.from({ length: 100_000 }, (_, key) => [key, VALUES[0]] as const));
    const [value] = VALUES.slice(1);
    let touched = 0;
    const watched = {
      get number(): number {
        touched += 1;
        return 0;
      },
    };
    const other = dict.with(77_777, value);
    expect(Dict.differences(dict, other)).to.deep.equal([{ key: 77_777, before: VALUES[0], after: value }]);
    expect(other.with(5, watched).get(5)).to.equal(watched);
    expect(touched).to.equal(0);
  });
});

describe('what is worked out from one state to the next', () => {
  it('is what is worked out from nothing, at the cost of what has changed', () => {
    fc.assert(
      fc.property(anyHistory, anyHistory, fc.integer({ min: 1, max: 9 }), (left, right, every) => {
        let a = Dict.empty<number, Value>();
        let b = Dict.empty<number, Value>();
        let last: Derived<number, string> | undefined;
        let groups: Grouped<number, number, Value> | undefined;
        const groupsOf = ({ number }: Value): readonly number[] => (number === 0 ? [] : [number, number % 2]);
        for (let step = 0; step < Math.max(left.length, right.length); step += 1) {
          const [key = 0, value] = left[step] ?? [];
          const [other = 0, change] = right[step] ?? [];
          a = a.put(key, value);
          b = b.put(other, change);
          const context = [Math.floor(step / every)];
          let works = 0;
          const work = (at: number, one: Value | undefined, two: Value | undefined): string | undefined => {
            works += 1;
            return one === undefined ? undefined : `${at} ${one.number} ${two?.number ?? '-'} ${context.join()}`;
          };
          const isFresh = last?.context[0] !== context[0];
          last = derive(last, [a, b], context, work);
          if (!isFresh) expect(works).to.be.at.most(2);
          expect([...last.result]).to.deep.equal([...derive(undefined, [a, b], context, work).result]);

          const before = groups;
          groups = group(groups, a, groupsOf);
          const fresh = group(undefined, a, groupsOf);
          expect(Array.from(groups.groups, ([name, members]) => [name, [...members]])).to.deep.equal(
            Array.from(fresh.groups, ([name, members]) => [name, [...members]]),
          );
          for (const [name, members] of groups.groups) {
            const known = before?.groups.get(name);
            if (known !== undefined && Dict.differences(known, members).length === 0) expect(members).to.equal(known);
          }
        }
      }),
      { numRuns: runs(300) },
    );
  });

  it('is the same object while nothing changes', () => {
    const input = Dict.of(VALUES.map((value) => [value.number, value] as const));
    const first = derive(undefined, [input], ['context'], (_, value) => value);
    expect(derive(first, [input], ['context'], (_, value) => value)).to.equal(first);
    const other = derive(first, [input.with(9, { number: 9 })], ['context'], (key, value) =>
      key === 9 ? undefined : value,
    );
    expect(other.result).to.equal(first.result);
  });
});

describe('a round of working things out', () => {
  it('works out anew what depends on more, or on fewer, objects than before', () => {
    const [one, another] = VALUES;
    const first = new Derivation();
    expect(first.once('count', [one], () => 1)).to.equal(1);
    const second = new Derivation(first);
    expect(second.once('count', [one, another], () => 2)).to.equal(2);
    expect(new Derivation(second).once('count', [one], () => 1)).to.equal(1);
    expect(new Derivation(second).once('count', [one, another], () => 3)).to.equal(2);
  });
});

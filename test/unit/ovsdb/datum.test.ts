import { expect } from 'chai';
import fc from 'fast-check';
import { parseColumnType, type ColumnType } from '../../../src/ovsdb/column-type.ts';
import { applyDifference, decodeValue, defaultValue, encodeValue } from '../../../src/ovsdb/datum.ts';
import { ProtocolError } from '../../../src/ovsdb/errors.ts';
import type { Json } from '../../../src/ovsdb/json-value.ts';

const uuid = '01234567-89ab-cdef-0123-456789abcdef';
const one = parseColumnType('integer');
const optional = parseColumnType({ key: 'integer', min: 0, max: 1 });
const set = parseColumnType({ key: { type: 'integer', minInteger: 0 }, min: 0, max: 'unlimited' });
const map = parseColumnType({ key: 'string', value: 'string', min: 0, max: 'unlimited' });
const smallMap = parseColumnType({ key: 'string', value: 'string', min: 0, max: 1 });
const pair = parseColumnType({ key: 'integer', min: 1, max: 2 });
const real = parseColumnType('real');
const refs = parseColumnType({ key: { type: 'uuid', refTable: 'Port' }, min: 0, max: 'unlimited' });

describe('a column value', () => {
  it('has the shape its type gives it', () => {
    expect(decodeValue(5, one)).to.equal(5);
    expect(decodeValue(['set', []], optional)).to.equal(undefined);
    expect(decodeValue(7, optional)).to.equal(7);
    expect(decodeValue(7, set)).to.deep.equal([7]);
    expect(decodeValue(['set', [10, 9]], set)).to.deep.equal([9, 10]);
    expect(decodeValue(['map', [['a', 'b']]], map)).to.deep.equal(new Map([['a', 'b']]));
    expect(decodeValue(['uuid', uuid], refs)).to.deep.equal([uuid]);
  });

  it('has the default of its type where a row leaves it out', () => {
    expect(defaultValue(one)).to.equal(0);
    expect(defaultValue(optional)).to.equal(undefined);
    expect(defaultValue(set)).to.deep.equal([]);
    expect(defaultValue(map)).to.deep.equal(new Map());
    expect(defaultValue(parseColumnType('string'))).to.equal('');
    expect(defaultValue(parseColumnType('boolean'))).to.equal(false);
  });

  it('is refused when it is not of its type', () => {
    const wrong: [Json, ColumnType][] = [
      ['5', one],
      [1.5, one],
      [['set', []], one],
      [['set', [1, 2]], optional],
      [['set', 'x'], set],
      [['map', [['a']]], map],
      [['set', []], map],
      [['uuid', 'x'], refs],
      [null, set],
      [['set', [1, 1]], set],
      [
        [
          'map',
          [
            ['a', 'b'],
            ['a', 'c'],
          ],
        ],
        map,
      ],
      [['set', [1, 2, 3]], pair],
      [['set', []], pair],
      [Infinity, real],
      [{}, map],
    ];
    for (const [json, type] of wrong) expect(() => decodeValue(json, type)).to.throw(ProtocolError);
  });

  it('survives encoding and decoding', () => {
    const strings = fc.dictionary(fc.string(), fc.string()).map((entries) => new Map(Object.entries(entries)));
    fc.assert(
      fc.property(strings, (value) => {
        expect(decodeValue(encodeValue(value, map), map)).to.deep.equal(value);
      }),
    );
    expect(encodeValue([uuid], refs)).to.deep.equal(['set', [['uuid', uuid]]]);
    expect(encodeValue(undefined, optional)).to.deep.equal(['set', []]);
  });
});

describe('a difference', () => {
  it('of a set toggles its members', () => {
    expect(applyDifference([1, 2], ['set', [2, 3]], set)).to.deep.equal([1, 3]);
    expect(applyDifference([1, 2], 2, set)).to.deep.equal([1]);
  });

  it('of a map deletes equal pairs, replaces other values and adds new keys', () => {
    const old = new Map([
      ['same', '1'],
      ['gone', '2'],
      ['changed', '3'],
    ]);
    const difference: Json = [
      'map',
      [
        ['gone', '2'],
        ['changed', '4'],
        ['new', '5'],
      ],
    ];
    expect(applyDifference(old, difference, map)).to.deep.equal(
      new Map([
        ['same', '1'],
        ['changed', '4'],
        ['new', '5'],
      ]),
    );
    expect(old.size).to.equal(3);
  });

  it('of a column of at most one element is its new value', () => {
    expect(applyDifference(5, 5, optional)).to.equal(5);
    expect(applyDifference(5, ['set', []], optional)).to.equal(undefined);
    expect(applyDifference(new Map([['a', 'b']]), ['map', [['a', 'b']]], smallMap)).to.deep.equal(
      new Map([['a', 'b']]),
    );
  });
});

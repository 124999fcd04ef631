import { expect } from 'chai';
import fc from 'fast-check';
import { overlap } from '../../../src/openflow/match-overlap.ts';
import { taggedWith, UNTAGGED, UNTAGGED_OR_PRIORITY, type Match } from '../../../src/openflow/match.ts';
import { match as anyMatch } from './arbitraries.ts';

describe('two matches', () => {
  it('overlap where one is the other', () => {
    fc.assert(
      fc.property(anyMatch, (match) => {
        expect(overlap(match, match)).to.equal(true);
      }),
    );
  });

  it('overlap where one compares nothing, and either way round', () => {
    fc.assert(
      fc.property(anyMatch, anyMatch, (one, other) => {
        expect(overlap(one, {})).to.equal(true);
        expect(overlap(one, other)).to.equal(overlap(other, one));
      }),
    );
  });

  it('overlap where one is narrower', () => {
    fc.assert(
      fc.property(anyMatch, fc.integer({ min: 1, max: 100 }), (match, inPort) => {
        const anywhere = Object.fromEntries(Object.entries(match).filter(([member]) => member !== 'inPort'));
        expect(overlap(anywhere, { ...match, inPort })).to.equal(true);
      }),
    );
  });

  const apart: readonly (readonly [string, Match, Match])[] = [
    ['name two ports', { inPort: 1 }, { inPort: 2 }],
    ['name two VLANs', { vlan: taggedWith(2102) }, { vlan: taggedWith(2103) }],
    ['want a tag and none', { vlan: taggedWith(2102) }, { vlan: UNTAGGED }],
    ['want a VLAN and none or a priority tag', { vlan: taggedWith(2102) }, { vlan: UNTAGGED_OR_PRIORITY }],
    ['name two senders', { ethSrc: { value: '02:00:00:00:00:01' } }, { ethSrc: { value: '02:00:00:00:00:02' } }],
    [
      'name an address and groups',
      { ethDst: { value: '02:00:00:00:00:01' } },
      { ethDst: { value: '01:00:00:00:00:00', mask: '01:00:00:00:00:00' } },
    ],
    ['name two protocols', { ethType: 0x0800 }, { ethType: 0x0806 }],
    ['know different things', { regs: { 0: { value: 1 } } }, { regs: { 0: { value: 2 } } }],
  ];
  for (const [how, one, other] of apart) {
    it(`are apart where they ${how}`, () => {
      expect(overlap(one, other)).to.equal(false);
    });
  }

  it('overlap where masks leave room for both', () => {
    expect(overlap({ vlan: { value: 0x1000, mask: 0x1000 } }, { vlan: taggedWith(7) })).to.equal(true);
    expect(overlap({ vlan: UNTAGGED_OR_PRIORITY }, { vlan: taggedWith(0) })).to.equal(true);
    expect(overlap({ inPort: 1 }, { vlan: taggedWith(7) })).to.equal(true);
  });
});

import { expect } from 'chai';
import { admissionOf, type Bond } from '../../../src/pvlan/bond.ts';

const BOND: Bond = {
  mode: undefined,
  lacp: 'off',
  fallback: false,
  allActive: false,
  members: [1, 2, 3],
  active: [2],
};

/** Members closed, and closed to groups. */
function closed(more: Partial<Bond>): readonly (readonly number[])[] {
  const { closed: whole, closedToGroups } = admissionOf({ ...BOND, ...more });
  return [whole, closedToGroups];
}

describe('what NORMAL takes from the members of a bond', () => {
  it('is the active member’s with active-backup, which is the default, and nothing while there is none', () => {
    for (const mode of [undefined, 'active-backup']) expect(closed({ mode })).to.deep.equal([[1, 3], []]);
    expect(closed({ active: [] })).to.deep.equal([[1, 2, 3], []]);
  });

  it('is all unicast with balance-slb, and groups from the active member or, if so configured, from all', () => {
    expect(closed({ mode: 'balance-slb' })).to.deep.equal([[], [1, 3]]);
    expect(closed({ mode: 'balance-slb', allActive: true })).to.deep.equal([[], []]);
  });

  it('is everything once LACP is agreed on, whatever the mode', () => {
    for (const mode of [undefined, 'balance-slb', 'balance-tcp']) {
      expect(closed({ mode, lacp: 'negotiated' })).to.deep.equal([[], []]);
    }
  });

  it('is nothing where LACP is wanted and not had, unless the bond falls back', () => {
    expect(closed({ mode: 'balance-tcp' })).to.deep.equal([[1, 2, 3], []]);
    expect(closed({ mode: 'balance-tcp', lacp: 'unanswered' })).to.deep.equal([[1, 2, 3], []]);
    expect(closed({ mode: 'balance-tcp', lacp: 'unanswered', fallback: true })).to.deep.equal([[1, 3], []]);
  });
});

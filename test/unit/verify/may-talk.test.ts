import { expect } from 'chai';
import { mayTalk } from '../../../src/pvlan/may-talk.ts';
import type { Role } from '../../../src/pvlan/role.ts';
import { vlanId } from '../../../src/pvlan/vlan-id.ts';

const P = vlanId(2102)!;
const roles: Readonly<Record<string, Role>> = {
  isolated: { kind: 'isolated', primary: P },
  web: { kind: 'community', primary: P, community: 'web' },
  db: { kind: 'community', primary: P, community: 'db' },
  promiscuous: { kind: 'promiscuous', primary: P },
};

/** RFC 5517 section 3, in rows and columns of the roles above. */
const TABLE: Readonly<Record<string, string>> = {
  isolated: 'no no no yes',
  web: 'no yes no yes',
  db: 'no no yes yes',
  promiscuous: 'yes yes yes yes',
};

describe('who may talk to whom', () => {
  for (const [name, from] of Object.entries(roles)) {
    it(`is settled for ${name} senders by RFC 5517`, () => {
      const row = Object.values(roles).map((to) => (mayTalk(from, to) ? 'yes' : 'no'));
      expect(row.join(' ')).to.equal(TABLE[name]);
    });
  }

  it('is nobody in another primary VLAN', () => {
    for (const from of Object.values(roles)) {
      for (const to of Object.values(roles)) expect(mayTalk(from, { ...to, primary: vlanId(7)! })).to.equal(false);
    }
  });
});

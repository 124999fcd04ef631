import { expect } from 'chai';
import { portgroupMeaning } from '../../../src/pvlan/portgroup.ts';
import { roleName, type Role } from '../../../src/pvlan/role.ts';
import { vlanId } from '../../../src/pvlan/vlan-id.ts';

const none = new Map<string, Role>();

function meaningOf(name: string, mapping = none): string {
  const meaning = portgroupMeaning(name, mapping);
  return meaning.kind === 'role' ? roleName(meaning.role) : meaning.kind;
}

describe('the name of a portgroup', () => {
  it('gives a role by the convention', () => {
    expect(meaningOf('isolated-2102')).to.equal('isolated-2102');
    expect(meaningOf('promisc-2102')).to.equal('promisc-2102');
    expect(meaningOf('promiscuous-7')).to.equal('promisc-7');
    expect(meaningOf('community-2102-web')).to.equal('community-2102-web');
    expect(meaningOf('community-2102-web-front.end_1')).to.equal('community-2102-web-front.end_1');
  });

  it('leaves other names alone', () => {
    for (const name of ['lan', 'isolated', 'isolated2102', 'my-isolated-2102', 'Isolated-2102', '']) {
      expect(meaningOf(name), name).to.equal('unmanaged');
    }
  });

  it('is refused, not ignored, when it starts like the convention and names no VLAN', () => {
    for (const name of [
      'isolated-',
      'isolated-21O2',
      'isolated-0',
      'isolated-4095',
      'isolated-99999',
      'isolated-2102 ',
      'promisc-web',
      'isolated--1',
      'isolated-2102-web',
    ]) {
      expect(meaningOf(name), name).to.equal('invalid');
    }
  });

  it('is refused when a community has no usable name', () => {
    for (const name of [
      'community-2102',
      'community-2102-',
      'community-web',
      'community-2102--x',
      `community-2102-${'x'.repeat(64)}`,
    ]) {
      expect(meaningOf(name), name).to.equal('invalid');
    }
  });

  it("follows the operator's own table first", () => {
    const role: Role = { kind: 'isolated', primary: vlanId(300)! };
    const mapping = new Map([
      ['dmz', role],
      ['isolated-2102', role],
    ]);
    expect(meaningOf('dmz', mapping)).to.equal('isolated-300');
    expect(meaningOf('isolated-2102', mapping)).to.equal('isolated-300');
  });
});

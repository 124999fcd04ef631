import { expect } from 'chai';
import { portgroupMeaning, type PortgroupTable } from '../../../src/pvlan/portgroup.ts';
import { roleName, type Role } from '../../../src/pvlan/role.ts';
import { vlanId } from '../../../src/pvlan/vlan-id.ts';

const none: PortgroupTable = new Map();

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
    for (const name of [
      'lan',
      'isolated',
      'isolated2102',
      'my-isolated-2102',
      'Isolated',
      'community_garden',
      'island-2102',
      'promise-2102',
      'unity-7',
      '',
    ]) {
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

  it('is refused, not ignored, when it almost follows the convention', () => {
    const likely: readonly (readonly [name: string, meant: string])[] = [
      ['Isolated-2102', 'isolated-2102'],
      ['ISOLATED-2102', 'isolated-2102'],
      ['isolated_2102', 'isolated-2102'],
      ['isolated 2102', 'isolated-2102'],
      [' isolated-2102', 'isolated-2102'],
      ['isolated\u20132102', 'isolated-2102'],
      ['isolatd-2102', 'isolated-2102'],
      ['isoltaed-2102', 'isolated-2102'],
      ['isolatedd-2102', 'isolated-2102'],
      ['Isolatd_21O2', 'isolated-<primary>'],
      ['promiscous-2102', 'promiscuous-2102'],
      ['Promisc-2102', 'promisc-2102'],
      ['promisc_2102', 'promisc-2102'],
      ['Community-2102-web', 'community-2102-web'],
      ['community_2102_web', 'community-2102-web'],
      ['comunity-2102', 'community-2102-<name>'],
    ];
    for (const [name, meant] of likely) {
      const meaning = portgroupMeaning(name, none);
      expect(meaning.kind, name).to.equal('invalid');
      expect('why' in meaning ? meaning.why : '')
        .to.contain(`portgroup '${name}'`)
        .and.to.contain(`'${meant}'`);
    }
  });

  it('is left alone, however near it is, when the operator says that it is none of ours', () => {
    expect(meaningOf('Isolated-2102', new Map([['Isolated-2102', 'none']]))).to.equal('unmanaged');
    expect(meaningOf('Isolated-2103', new Map([['Isolated-2102', 'none']]))).to.equal('invalid');
  });

  it('takes no time to speak of when it is long', () => {
    const started = performance.now();
    for (const filler of ['i', '-', 'isolated ']) portgroupMeaning(filler.repeat(10_000), none);
    expect(performance.now() - started).to.be.lessThan(1000);
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

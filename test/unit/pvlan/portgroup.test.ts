import { expect } from 'chai';
import { doubtfulName, portgroupMeaning, type PortgroupTable } from '../../../src/pvlan/portgroup.ts';
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
      ['isolated2102', 'isolated-2102'],
      ['my-isolated-2102', 'isolated-2102'],
      ['isolated_vlan_2102', 'isolated-2102'],
      ['2102-isolated', 'isolated-2102'],
      ['community2102-web', 'community-2102-web'],
      ['promisc2102', 'promisc-2102'],
      ['isolation-2102', 'isolated-2102'],
      ['pvlan-isolated-2102', 'isolated-2102'],
      ['is0lated-2102', 'isolated-2102'],
      ['1solated-2102', 'isolated-2102'],
      ['\u0456solated-2102', 'isolated-2102'],
      ['is\u043elated-2102', 'isolated-2102'],
      ['c\u043emmunity-2102-web', 'community-2102-web'],
      ['isolat\u0301ed-2102', 'isolated-2102'],
      ['\uff49\uff53\uff4f\uff4c\uff41\uff54\uff45\uff44-2102', 'isolated-2102'],
    ];
    for (const [name, meant] of likely) {
      const meaning = portgroupMeaning(name, none);
      expect(meaning.kind, name).to.equal('invalid');
      expect('why' in meaning ? meaning.why : '')
        .to.contain(`portgroup '${name}'`)
        .and.to.contain(`'${meant}'`);
    }
  });

  it('is refused alike with one leading zero or more, whatever the number would be', () => {
    for (const [name, meant] of [
      ['isolated-0042', 'isolated-42'],
      ['isolated-0210', 'isolated-210'],
      ['isolated-02102', 'isolated-2102'],
      ['community-0042-web', 'community-42-web'],
    ] as const) {
      const meaning = portgroupMeaning(name, none);
      expect(meaning.kind, name).to.equal('invalid');
      expect('why' in meaning ? meaning.why : '').to.contain(`'${meant}'`);
    }
  });

  describe('that means nothing and speaks of Private VLANs', () => {
    const doubt = (name: string, ...primaries: number[]): string => {
      const doubtful = doubtfulName(name, none, new Set(primaries));
      return doubtful === undefined ? 'nothing' : `${doubtful.closes ? 'closed' : 'told'}: ${doubtful.why}`;
    };

    it('is told where it names a role alone', () => {
      for (const name of ['isolated', 'Isolated', 'isolation', 'promisc', 'is\u043elated']) {
        expect(doubt(name, 2102), name).to.match(/^told: .*likely '(isolated|promisc)-<primary>'/);
      }
      expect(doubt('community_garden', 2102)).to.match(/^told/);
    });

    it('closes where it names a role and a Private VLAN of the host, wherever they stand', () => {
      expect(doubt('community_web_2102', 2102)).to.match(/^closed: .*'community-2102-web'/);
      expect(doubt('lan-isolated-on-2102', 2102)).to.match(/^closed: .*'isolated-2102'/);
      expect(doubt('community_web_2102', 7)).to.match(/^told/);
    });

    it('is told where it names a Private VLAN of the host alone', () => {
      expect(doubt('lan-2102', 2102)).to.match(/^told: .*no role/);
      expect(doubt('lan-2102', 7)).to.equal('nothing');
    });

    it('is nothing where it speaks of neither, follows the convention, or is listed', () => {
      for (const name of ['lan', 'island-7', 'promise-7', 'unity', 'isolated-2102', 'isolated2102']) {
        expect(doubt(name, 2102), name).to.equal('nothing');
      }
      expect(doubtfulName('isolated', new Map([['isolated', 'none']]), new Set([2102]))).to.equal(undefined);
    });
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

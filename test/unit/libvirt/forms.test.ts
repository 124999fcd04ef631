import { expect } from 'chai';
import type { LibvirtSources } from '../../../src/libvirt/sources.ts';
import { findPortgroup } from '../../../src/observe/portgroup-finder.ts';
import type { PortgroupAnswer } from '../../../src/libvirt/query.ts';
import type { PortgroupFinding } from '../../../src/pvlan/switch-port.ts';
import { NO_POLICY } from '../../support/ports.ts';
import { fixture, STATUS, VM } from './moments.ts';
import { brief, Tree } from './tree.ts';

const KINDS = '11111111-2222-4333-8444-555555555577';

describe('a NIC that libvirt knows and does not plug into Open vSwitch', () => {
  let tree: Tree;
  let sources: LibvirtSources;

  beforeEach(async () => {
    tree = await Tree.create('kinds');
    sources = await tree.open();
  });

  afterEach(() => tree.close());

  /** What the agent makes of a port that somebody else has plugged for it. */
  const found = (nic: string, portProfile: string | undefined, handedOver = false): PortgroupFinding => {
    const guest = {
      portProfile,
      interfaceId: '44444444-2222-4333-8444-555555555577',
      vmId: KINDS,
      mac: `52:54:00:00:77:${nic}`,
      bridge: 'br0',
      lastRole: undefined,
      handedOver,
      managedBefore: false,
    };
    return findPortgroup(guest, NO_POLICY, (query) => sources.resolve(query));
  };

  for (const [kind, nic] of [
    ['vhostuser', '01'],
    ['ethernet', '02'],
    ['hostdev', '03'],
    ['network of host devices', '04'],
    ['bridge of the kernel', '05'],
  ] as const) {
    it(`has the portgroup that its port says (${kind})`, () => {
      expect(found(nic, 'isolated-2102')).to.include({ kind: 'portgroup', name: 'isolated-2102' });
      expect(found(nic, undefined)).to.have.property('kind', 'none');
      expect(found(nic, 'isolated-2102', true)).to.include({ kind: 'unknown', contradicts: true });
    });
  }

  it('was read without a complaint', () => {
    expect(tree.events).to.deep.equal([]);
  });
});

describe('what libvirt 9.0 itself writes of such NICs', () => {
  let tree: Tree;
  let sources: LibvirtSources;

  const of = (domain: number, nic: number): PortgroupAnswer =>
    sources.resolve({ vmId: `11111111-2222-4333-8444-5555555555${domain}`, mac: `52:54:00:00:77:${nic}` });

  beforeEach(async () => {
    tree = await Tree.create('9.0/kinds');
    sources = await tree.open();
  });

  afterEach(() => tree.close());

  it('is that they have no portgroup, and nothing of a profile', () => {
    const source = { rung: 'domain-status', file: tree.path('state/qemu/tap.xml') };
    expect(of(71, 12)).to.deep.equal({ kind: 'none', source });
  });

  it('is not known to be none while only the definition tells', async () => {
    expect([of(72, 11), of(72, 13)].map(brief)).to.deep.equal(['unknown', 'unknown']);
    await tree.remove('state');
    sources = await tree.open();
    expect([of(72, 11), of(72, 13)].map(brief)).to.deep.equal(['none by domain', 'none by domain']);
  });
});

describe('what other versions of libvirt and other names leave in the files', () => {
  let tree: Tree;

  beforeEach(async () => {
    tree = await Tree.create('9.0/running');
  });

  afterEach(() => tree.close());

  const of = (sources: LibvirtSources, nic: number): string =>
    brief(sources.resolve({ vmId: VM, mac: `52:54:00:00:00:0${nic}` }));

  it('is found by an address with dashes, which somebody may have written into the port', async () => {
    const sources = await tree.open();
    const dashed = '52-54-00-00-00-01';
    expect(brief(sources.resolve({ vmId: VM, mac: dashed }))).to.equal('isolated-2102 by network-port');
    expect(sources.device({ vmId: VM, mac: dashed })).to.equal('vnet0');
  });

  it('is enough without network ports, which came with 5.5', async () => {
    for (const network of ['ovs', 'ovsdef']) await tree.remove(`state/network/${network}`);
    await tree.put(
      STATUS,
      fixture('9.0/running', STATUS)
        .toString()
        .replaceAll(/ portid='[^']+'/g, ''),
    );
    const sources = await tree.open();
    expect([1, 2, 3, 4, 5].map((nic) => of(sources, nic))).to.deep.equal([
      'isolated-2102 by domain-status',
      'none by network-default',
      'isolated-2102 by network-default',
      'none by domain-status',
      'parked-2102 by domain-status',
    ]);
  });

  it('is not taken for another network when one is renamed under its guests, which then stay closed', async () => {
    const text = fixture('9.0/running', 'state/network/ovsdef.xml').toString();
    for (const folder of ['state/network', 'config/qemu/networks']) {
      await tree.remove(`${folder}/ovsdef.xml`);
      await tree.put(`${folder}/other.xml`, text.replace('<name>ovsdef</name>', '<name>other</name>'));
    }
    expect(of(await tree.open(), 3)).to.equal('unknown');
  });

  it('is not believed of a network whose file has the name of another', async () => {
    const text = fixture('9.0/running', 'state/network/ovsdef.xml').toString();
    await tree.put('state/network/ovsdef.xml', text.replace('<name>ovsdef</name>', '<name>other</name>'));
    expect(of(await tree.open(), 3)).to.equal('unknown');
  });
});

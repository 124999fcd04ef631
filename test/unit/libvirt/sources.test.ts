import { expect } from 'chai';
import { brief, Tree } from './tree.ts';
import { fixture, interfaceIdOf, portFileOf, portFilesOf, STATUS, VM } from './moments.ts';
import type { LibvirtSources } from '../../../src/libvirt/sources.ts';

const ISOLATED = '52:54:00:00:00:01';
const PLAIN = '52:54:00:00:00:02';
const BY_DEFAULT = '52:54:00:00:00:03';
const BRIDGE = '52:54:00:00:00:04';
const PARKED = '52:54:00:00:00:05';

const byMac = (sources: LibvirtSources, mac: string): string => brief(sources.resolve({ vmId: VM, mac }));

describe('the portgroup of a NIC', () => {
  let tree: Tree;

  afterEach(async () => {
    await tree.close();
  });

  describe('of a running guest', () => {
    let sources: LibvirtSources;

    beforeEach(async () => {
      tree = await Tree.create('9.0/running');
      sources = await tree.open();
    });

    it('is what its network port says, and the answer tells the file', () => {
      const interfaceId = interfaceIdOf('9.0/running', ISOLATED);
      expect(sources.resolve({ interfaceId })).to.deep.equal({
        kind: 'portgroup',
        portgroup: 'isolated-2102',
        network: 'ovs',
        profile: { id: undefined },
        source: { rung: 'network-port', file: tree.path(portFileOf('9.0/running', ISOLATED)) },
      });
      expect(tree.events).to.deep.equal([]);
    });

    it('comes with the profile that libvirt gave the port', () => {
      expect(sources.resolve({ vmId: VM, mac: PARKED })).to.have.deep.property('profile', { id: 'isolated-2102' });
    });

    it('is found by domain and MAC in any spelling', () => {
      expect(byMac(sources, PARKED)).to.equal('parked-2102 by network-port');
      const query = { vmId: VM.toUpperCase(), mac: PARKED.toUpperCase() };
      expect(brief(sources.resolve(query))).to.equal('parked-2102 by network-port');
    });

    it('is the default one of its network where nothing names one', () => {
      expect(sources.resolve({ vmId: VM, mac: BY_DEFAULT })).to.deep.equal({
        kind: 'portgroup',
        portgroup: 'isolated-2102',
        network: 'ovsdef',
        profile: { id: undefined },
        source: { rung: 'network-default', file: tree.path('state/network/ovsdef.xml') },
      });
    });

    it('is definitively none on a network without default', () => {
      expect(byMac(sources, PLAIN)).to.equal('none by network-default');
    });

    it('is definitively none on a plain bridge', () => {
      expect(byMac(sources, BRIDGE)).to.equal('none by domain-status');
    });

    it('is unknown for another interfaceid, another domain or another MAC', () => {
      const interfaceId = interfaceIdOf('9.0/running', ISOLATED);
      const other = '99999999-2222-4333-8444-555555555501';
      expect(brief(sources.resolve({ interfaceId: other }))).to.equal('unknown');
      expect(brief(sources.resolve({ interfaceId: other, vmId: VM, mac: ISOLATED }))).to.equal('unknown');
      expect(brief(sources.resolve({ interfaceId, vmId: other, mac: ISOLATED }))).to.equal('unknown');
      expect(brief(sources.resolve({ interfaceId, vmId: VM, mac: PARKED }))).to.equal('unknown');
      expect(brief(sources.resolve({ vmId: VM }))).to.equal('unknown');
      expect(brief(sources.resolve({}))).to.equal('unknown');
    });

    it('comes with the domains and metadata beside it', () => {
      expect(sources.domains()).to.deep.equal([{ uuid: VM, name: 'web1', state: 'running', reason: 'booted' }]);
      const found = sources.metadata(VM, 'https://example.org/addresses/1', true);
      const [addresses] = found.kind === 'metadata' ? found.elements : [];
      expect(addresses?.child('a:address')?.attribute('mac')).to.equal(ISOLATED);
      expect(sources.metadata(VM, 'urn:other', true)).to.deep.equal({ kind: 'metadata', elements: [] });
    });
  });

  describe('through the life of a guest', () => {
    const open = async (moment: string): Promise<LibvirtSources> => {
      tree = await Tree.create(moment);
      return tree.open();
    };

    it('is known before the status file is', async () => {
      expect(byMac(await open('9.0/starting'), ISOLATED)).to.equal('isolated-2102 by network-port');
    });

    it('is not yet known to be none while only the definition tells of the NIC', async () => {
      expect(byMac(await open('9.0/starting'), BRIDGE)).to.equal('unknown');
    });

    it('is known for a hotplugged NIC, which no definition has', async () => {
      expect(byMac(await open('9.0/hotplugged'), '52:54:00:00:00:06')).to.equal('community-2102-web by network-port');
    });

    it('stays the old one while an update is under way and two network ports contradict each other', async () => {
      expect(portFilesOf('9.0/updating', ISOLATED)).to.have.length(2);
      const sources = await open('9.0/updating');
      expect(byMac(sources, ISOLATED)).to.equal('isolated-2102 by network-port');
    });

    it('is the new one as soon as the old port is gone, although the status still names it', async () => {
      const old = portFileOf('9.0/hotplugged', ISOLATED);
      tree = await Tree.create('9.0/updating');
      await tree.remove(old);
      expect(byMac(await tree.open(), ISOLATED)).to.equal('promisc-2102 by network-port');
    });

    it('is the new one after the update', async () => {
      expect(byMac(await open('9.0/updated'), ISOLATED)).to.equal('promisc-2102 by network-port');
    });

    it('is known at the destination of a migration while the guest still runs at the source', async () => {
      const sources = await open('9.0/migrating-destination');
      expect(byMac(sources, '52:54:00:00:00:06')).to.equal('community-2102-web by network-port');
      expect(sources.domains().map(({ state, reason }) => `${state} ${reason}`)).to.deep.equal(['paused migration']);
    });

    it('is still known when the network is stopped under the guest', async () => {
      const sources = await open('9.0/network-stopped');
      const answer = sources.resolve({ vmId: VM, mac: BY_DEFAULT });
      expect(brief(answer)).to.equal('isolated-2102 by network-default');
      expect(answer).to.have.nested.property('source.file', tree.path('config/qemu/networks/ovsdef.xml'));
    });
  });

  describe('where sources are missing or contradict each other', () => {
    beforeEach(async () => {
      tree = await Tree.create('9.0/running');
    });

    it('is what the live status says without network ports (libvirt before 5.5)', async () => {
      await tree.remove('state/network/ovs/ports');
      expect(byMac(await tree.open(), ISOLATED)).to.equal('isolated-2102 by domain-status');
    });

    it('is what the definition says before anything live tells of the NIC', async () => {
      await tree.remove('state/network/ovs/ports');
      await tree.remove(STATUS);
      expect(byMac(await tree.open(), ISOLATED)).to.equal('isolated-2102 by domain');
    });

    it('is none by the definition only where no live status can be had', async () => {
      await tree.remove(STATUS);
      expect(byMac(await tree.open(), BRIDGE)).to.equal('unknown');
      await tree.remove('state');
      expect(byMac(await tree.open(), BRIDGE)).to.equal('none by domain');
    });

    it('is what the earliest source says', async () => {
      const status = fixture('9.0/running', STATUS).toString();
      await tree.put(STATUS, status.replace(`portgroup='isolated-2102'`, `portgroup='promisc-2102'`));
      expect(byMac(await tree.open(), ISOLATED)).to.equal('isolated-2102 by network-port');
    });

    it('is unknown, with both files named, when two network ports contradict each other and no status decides', async () => {
      const first = portFileOf('9.0/running', ISOLATED);
      const second = 'state/network/ovs/ports/00000000-0000-4000-8000-000000000000.xml';
      const text = fixture('9.0/running', first).toString();
      const copy = text.replace(/<uuid>[^<]*/, '<uuid>00000000-0000-4000-8000-000000000000');
      await tree.put(second, copy.replace('isolated-2102', 'promisc-2102'));
      await tree.remove(STATUS);
      const answer = (await tree.open()).resolve({ interfaceId: interfaceIdOf('9.0/running', ISOLATED) });
      expect(answer.kind).to.equal('unknown');
      expect(answer).to.have.property('why').that.contains(tree.path(first)).and.contains(tree.path(second));
    });

    it('is told apart for a clone that kept the interfaceid', async () => {
      const original = portFileOf('9.0/running', ISOLATED);
      const clone = '77777777-2222-4333-8444-555555555501';
      const text = fixture('9.0/running', original).toString();
      const copy = text.replace(/<uuid>[^<]*/, '<uuid>00000000-0000-4000-8000-000000000000').replace(VM, clone);
      await tree.put(
        'state/network/ovs/ports/00000000-0000-4000-8000-000000000000.xml',
        copy.replace('isolated', 'promisc'),
      );
      const sources = await tree.open();
      const interfaceId = interfaceIdOf('9.0/running', ISOLATED);
      expect(brief(sources.resolve({ interfaceId, vmId: VM }))).to.equal('isolated-2102 by network-port');
      expect(brief(sources.resolve({ interfaceId, vmId: clone }))).to.equal('promisc-2102 by network-port');
    });

    it("is unknown when the network's file cannot be understood, although its definition could", async () => {
      await tree.put('state/network/ovs.xml', '<networkstatus><network>');
      const answer = (await tree.open()).resolve({ vmId: VM, mac: PLAIN });
      expect(answer).to.have.property('why').that.contains(tree.path('state/network/ovs.xml'));
    });

    it('is unknown when the network is nowhere', async () => {
      await tree.remove('state/network/ovs.xml');
      await tree.remove('config/qemu/networks/ovs.xml');
      expect(byMac(await tree.open(), PLAIN)).to.equal('unknown');
    });

    it('is not taken from the definition while a live file that may tell more cannot be understood', async () => {
      await tree.remove('state/network/ovs/ports');
      await tree.put(STATUS, '<domstatus');
      const answer = (await tree.open()).resolve({ vmId: VM, mac: ISOLATED });
      expect(answer).to.have.property('why').that.contains(tree.path(STATUS));
    });

    it('is unknown without any source', async () => {
      await tree.remove('state');
      await tree.remove('config');
      const sources = await tree.open();
      expect(brief(sources.resolve({ vmId: VM, mac: ISOLATED }))).to.equal('unknown');
      expect(sources.available()).to.deep.equal({
        ok: false,
        missing: [tree.path('state/network'), tree.path('state/qemu'), tree.path('config/qemu')],
      });
    });
  });

  describe('with a libvirt that leaves it out of what it says of a live NIC (1.2.2 to 1.2.x)', () => {
    const OLD = '11111111-2222-4333-8444-555555555512';
    const ask = (sources: LibvirtSources, last: string): string =>
      brief(
        sources.resolve({
          interfaceId: `22222222-0000-4000-8000-0000000012${last}`,
          vmId: OLD,
          mac: `52:54:00:00:12:${last}`,
        }),
      );

    beforeEach(async () => {
      tree = await Tree.create('1.2');
    });

    it('is what the definition says', async () => {
      const sources = await tree.open();
      expect(ask(sources, '01')).to.equal('isolated-2102 by domain');
      expect(ask(sources, '02')).to.equal('none by domain');
    });

    it('is unknown for a guest without definition', async () => {
      await tree.remove('config/qemu/old1.xml');
      const sources = await tree.open();
      expect(ask(sources, '01')).to.equal('unknown');
      expect(ask(sources, '02')).to.equal('unknown');
    });

    it('is not looked up in the definition with a later libvirt, whose live NIC has none', async () => {
      const status = fixture('1.2', 'state/qemu/old1.xml').toString();
      await tree.put('state/qemu/old1.xml', status.replace('<vcpus>', `<libDir path='/x'/><vcpus>`));
      expect(ask(await tree.open(), '01')).to.equal('none by domain-status');
    });
  });
});

import { expect } from 'chai';
import { guestSources } from '../../../src/observe/guest-sources.ts';
import type { GuestIdentity } from '../../../src/observe/surveyed-port.ts';
import { until } from '../../lab/until.ts';
import { NO_POLICY } from '../../support/ports.ts';
import { brief, Tree } from './tree.ts';

const MOMENT = 'drivers';

// A real container is in test/integration/libvirt/lxc.test.ts. No host of the tests has Xen's hypervisor: its files follow libvirt's code
// and libvirt's own test data (tests/libxlxml2domconfigdata, tests/xlconfigdata), its rows what Xen's hotplug script writes, which
// gives them no iface-id (Xen's tools/hotplug/Linux/vif-openvswitch).
for (const [driver, name, number, device, interfaceId] of [
  ['lxc', 'box', 1, 'vnet91', '44444444-2222-4333-8444-555555555591'],
  ['libxl', 'dom', 2, 'vif7.0', undefined],
] as const) {
  const vmId = `11111111-2222-4333-8444-55555555559${number}`;
  const mac = `52:54:00:00:00:9${number}`;
  const guest: GuestIdentity = {
    portProfile: undefined,
    interfaceId,
    vmId,
    mac,
    bridge: 'br0',
    lastRole: undefined,
    handedOver: false,
    managedBefore: false,
  };

  describe(`a guest of libvirt's driver ${driver}`, () => {
    let tree: Tree;

    beforeEach(async () => {
      tree = await Tree.create(MOMENT);
    });

    afterEach(() => tree.close());

    it('is known by its status: portgroup, port, run state and addresses, and is not on the move', async () => {
      const libvirt = await tree.open();
      expect(tree.events).to.deep.equal([]);
      expect(brief(libvirt.resolve({ vmId, mac }))).to.equal('isolated-2102 by network-port');
      expect(libvirt.device({ vmId, mac })).to.equal(device);
      expect(libvirt.domains()).to.deep.include({ uuid: vmId, name, state: 'running', reason: 'booted' });
      const sources = guestSources(NO_POLICY, libvirt);
      expect(sources.isMoving(guest)).to.equal(false);
      expect(JSON.stringify(sources.facts(guest))).to.contain(`10.0.0.9${number}`);
    });

    it('is so for an agent that comes later: nothing of it is missing', async () => {
      const sources = guestSources(NO_POLICY, await tree.open());
      expect(sources.facts({ ...guest, managedBefore: true })).to.have.property('facts');
      expect(sources.isMoving({ ...guest, managedBefore: true })).to.equal(false);
    });

    it('is known by its status alone, and by its definition where there is no live state', async () => {
      await tree.remove('state/network/ovs/ports');
      expect(brief((await tree.open()).resolve({ vmId, mac }))).to.equal('isolated-2102 by domain-status');
      await tree.remove('state');
      expect(brief((await tree.open()).resolve({ vmId, mac }))).to.equal('isolated-2102 by domain');
    });

    it('has no portgroup where its status has none: the missing libDir is not of an old version', async () => {
      await tree.remove('state/network/ovs/ports');
      const bare = `<domstatus state='running' reason='booted'><domain type='${driver === 'lxc' ? 'lxc' : 'xen'}'><name>${name}</name><uuid>${vmId}</uuid>
        <devices><interface type='bridge'><mac address='${mac}'/><source bridge='br0'/></interface></devices></domain></domstatus>`;
      await tree.put(`state/${driver}/${name}.xml`, bare);
      await tree.remove(`config/${driver}/${name}.xml`);
      expect(brief((await tree.open()).resolve({ vmId, mac }))).to.equal('none by domain-status');
    });

    describe('whose files are elsewhere, as those of a driver that nobody knows', () => {
      beforeEach(async () => {
        for (const folder of ['state', 'config']) await tree.remove(`${folder}/${driver}`);
      });

      it('is expected to tell of itself for a time, and then no more', async () => {
        const libvirt = await tree.open({ rescanMs: 20, expectMs: 100 });
        const isMoving = (): boolean => guestSources(NO_POLICY, libvirt).isMoving(guest);
        expect(isMoving()).to.equal(true);
        const { revision } = libvirt;
        await until('the wait to end', () => libvirt.revision > revision);
        expect(isMoving()).to.equal(false);
        expect(guestSources(NO_POLICY, libvirt).facts(guest)).to.have.property('facts');
      });

      it('is closed with a remedy by an agent that comes later, which cannot know what was set with --live', async () => {
        const facts = guestSources(NO_POLICY, await tree.open()).facts({ ...guest, managedBefore: true });
        expect(facts).to.include({ awaited: false });
        expect(facts).to.have.property('remedy').that.contains('start its guest anew');
      });
    });
  });
}

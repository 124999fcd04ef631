import { expect } from 'chai';
import { GUEST_NAMESPACE } from '../../../src/observe/guest-metadata.ts';
import type { Guest } from '../../lab/guest.ts';
import type { Mac } from '../../lab/ethernet.ts';
import type { Host } from '../../lab/host.ts';
import { nicXml } from '../../lab/libvirt-xml.ts';
import type { Portgroup } from '../../lab/libvirt-xml.ts';
import { needsPortgroupRefusal, needsPortgroupUpdates } from '../../support/portgroup-updates.ts';
import { until } from '../../lab/until.ts';
import { Hypervisor, NETWORK } from './hypervisor.ts';
import { BLUE, VICTIM } from './neighbourhood.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { findPort, flowsOf, interfaceColumn, marks, portOf } from './ports.ts';
import { Siege } from './siege.ts';
import { ADDRESS, ALICE, Suspect } from './suspect.ts';

const SECOND: Mac = '52:54:00:00:01:0a';
const SECOND_ID = '8a1c7e0e-4a0b-4a51-9e57-0123456789ac';
const SPOOFED = '10.0.0.77';

const PORTGROUPS: readonly Portgroup[] = [
  { name: 'isolated-2102' },
  { name: 'community-2102-blue' },
  { name: 'community-2102-red', bornParked: true },
  { name: 'community-2102-green', bornParked: true },
  { name: 'elsewhere', tag: 7 },
  { name: 'parked', bornParked: true, profileId: 'isolated-2102' },
  { name: 'parked-blue', bornParked: true, profileId: 'community-2102-blue' },
];

describe('a hostile guest whose XML is changed while it runs, and its neighbours are after it', function () {
  this.timeout(60_000);
  let hypervisor: Hypervisor;
  let host: Host;
  let suspect: Suspect;
  let around: Neighbourhood;
  let alice: Guest;
  let siege: Siege;

  before(async () => {
    hypervisor = await Hypervisor.start(PORTGROUPS);
    host = hypervisor.host;
    suspect = await Suspect.define(hypervisor, { portgroup: 'parked' });
    ({ around, guest: alice } = suspect);
    await alice.start();
    await suspect.isolated();
    siege = await Siege.of(host, around, [ALICE, SECOND]);
  });

  after(async () => {
    siege.lift();
    await hypervisor.close();
  });

  /** Waits for the marks, and until the switch does what they say; begins to count anew. */
  async function becomes(mac: Mac, role: string): Promise<void> {
    await until(`the marks ${role}`, async () => (await marks(host, mac)) === `true ${role}`);
    await host.appctl('revalidator/wait');
    await siege.caughtUp();
    around.forget();
  }

  describe('by its addresses in the metadata', () => {
    async function own(...addresses: readonly string[]): Promise<void> {
      const listed = addresses.map((address) => `<address>${address}</address>`).join('');
      const xml = `<guest><nic mac="${ALICE}">${listed}</nic></guest>`;
      await host.libvirt.virsh('metadata', 'alice', GUEST_NAMESPACE, '--key', 'pvlan', '--set', xml, '--live');
    }

    /** Whether the router answers her under this address of hers. */
    async function answered(address: string): Promise<boolean> {
      return (await alice.run(`ping -c 2 -W 1 -I ${address} 10.0.0.254`)).out.includes('2 packets received');
    }

    async function sources(...addresses: readonly string[]): Promise<void> {
      const guarded = async (): Promise<boolean> => {
        const flows = (await flowsOf(host, { mac: ALICE, ofport: await suspect.ofport() })).join('\n');
        return addresses.every(
          (address) => flows.includes(`nw_src=${address}`) || flows.includes(`arp_spa=${address}`),
        );
      };
      await until(`flows for ${addresses.join(', ')}`, guarded);
      await host.appctl('revalidator/wait');
    }

    before(async () => {
      await alice.run(`ip addr add ${SPOOFED}/24 dev eth0`);
    });

    it('sends with any address while none is listed', async () => {
      expect([await answered(ADDRESS), await answered(SPOOFED)]).to.deep.equal([true, true]);
    });

    it('sends with the one that is listed alone, as soon as it is', async () => {
      await own(ADDRESS);
      await sources(ADDRESS);
      expect([await answered(ADDRESS), await answered(SPOOFED)]).to.deep.equal([true, false]);
    });

    it('sends with another one once that is listed', async () => {
      await own(ADDRESS, SPOOFED);
      await sources(ADDRESS, SPOOFED);
      expect([await answered(ADDRESS), await answered(SPOOFED)]).to.deep.equal([true, true]);
    });

    it('sends no more with one that is taken from the list, and is isolated all the while', async () => {
      await own(ADDRESS);
      const port = await portOf(host, ALICE);
      const listed = async (): Promise<boolean> => {
        const flows = (await flowsOf(host, { mac: ALICE, ofport: await suspect.ofport() })).join('\n');
        return flows.includes(SPOOFED);
      };
      await until(`no flow of ${port} to name ${SPOOFED}`, async () => !(await listed()));
      await host.appctl('revalidator/wait');
      expect([await answered(ADDRESS), await answered(SPOOFED)]).to.deep.equal([true, false]);
      await suspect.isolated();
      expect(await siege.frames(VICTIM.mac), 'frames of the isolated neighbour at her ports').to.equal(0);
    });
  });

  describe("by its network's default portgroup, for a NIC that names none", () => {
    const nic = nicXml({ network: NETWORK, mac: SECOND });

    async function makeDefault(portgroup: string, isDefault: boolean): Promise<void> {
      const xml = `<portgroup name='${portgroup}'${isDefault ? " default='yes'" : ''}/>`;
      await host.libvirt.virsh('net-update', NETWORK, 'modify', 'portgroup', xml, '--live');
    }

    before(async () => {
      await makeDefault('isolated-2102', true);
      await alice.attachNic(nic);
      await becomes(SECOND, 'isolated 2102');
      await alice.ready();
      const up = 'ip link set eth1 up && ip addr add 10.0.0.11/24 dev eth1';
      await until('the NIC in the guest', async () => (await alice.run(up)).code === 0);
    });

    after(async () => {
      await alice.detachNic(nic);
      await until('its port to be gone', async () => (await findPort(host, SECOND)) === undefined);
      await makeDefault('isolated-2102', false);
    });

    it('is reached by nobody but the router while that is isolated', async () => {
      const before = await siege.frames(BLUE.mac);
      await siege.goesOn();
      expect(await siege.frames(BLUE.mac)).to.equal(before);
      expect(await siege.frames(VICTIM.mac)).to.equal(0);
    });

    it('is reached by its community once that is one, and never by an isolated neighbour', async () => {
      await makeDefault('isolated-2102', false);
      await siege.goesOn();
      expect(await marks(host, SECOND), 'between the two steps').to.equal('true isolated 2102');
      await makeDefault('community-2102-blue', true);
      await becomes(SECOND, 'community 2102 blue');
      const before = await siege.frames(BLUE.mac);
      await until('frames of the community', async () => (await siege.frames(BLUE.mac)) > before);
      expect(await siege.frames(VICTIM.mac)).to.equal(0);
    });

    it('is reached by nobody again once it is isolated', async () => {
      await makeDefault('community-2102-blue', false);
      await makeDefault('isolated-2102', true);
      await becomes(SECOND, 'isolated 2102');
      const before = await siege.frames(BLUE.mac);
      await siege.goesOn();
      expect(await siege.frames(BLUE.mac)).to.equal(before);
      expect(await siege.frames(VICTIM.mac)).to.equal(0);
    });
  });

  describe('by update-device where libvirt refuses another portgroup', () => {
    before(async function () {
      await needsPortgroupRefusal(this);
    });

    it('stays what it is', async () => {
      const port = await portOf(host, ALICE);
      const refusal = await alice.updateNic(suspect.nic('parked-blue')).then(
        () => '',
        (error: unknown) => String(error),
      );
      expect(refusal).to.include('portgroup');
      expect(await interfaceColumn(host, port, 'external_ids:port-profile')).to.equal('isolated-2102');
      await siege.goesOn();
      await suspect.isolated();
    });
  });

  describe('by update-device', () => {
    before(async function () {
      await needsPortgroupUpdates(this);
    });

    const BANDWIDTH = "<bandwidth><inbound average='100000'/></bandwidth>";
    const nic = (portgroup: string, extra = ''): string =>
      nicXml({ network: NETWORK, portgroup, mac: SECOND, interfaceId: SECOND_ID }).replace(
        '</interface>',
        `${extra}</interface>`,
      );

    /** Runs `act` with a NIC in the portgroup, of which nothing is left afterwards. */
    async function plugged(portgroup: string, act: () => Promise<void>): Promise<void> {
      await alice.attachNic(nic(portgroup));
      await until('its mark', async () => (await marks(host, SECOND)).startsWith('true '));
      try {
        await act();
      } finally {
        await alice.detachNic(nic(portgroup));
        await until('its port to be gone', async () => (await findPort(host, SECOND)) === undefined);
      }
    }

    /** Frames at her ports of those who are in no community of hers. */
    async function strange(): Promise<number> {
      return (await siege.frames(VICTIM.mac)) + (await siege.frames(BLUE.mac));
    }

    it('keeps its profile, for libvirt does not change that of a NIC that is plugged', async () => {
      const port = await portOf(host, ALICE);
      const refusal = await alice.updateNic(suspect.nic('parked-blue', BANDWIDTH)).then(
        () => '',
        (error: unknown) => String(error),
      );
      expect(refusal).to.include('unable to change config');
      expect(await interfaceColumn(host, port, 'external_ids:port-profile')).to.equal('isolated-2102');
      await siege.goesOn();
      await suspect.isolated();
    });

    it('goes from one born-parked portgroup to another, and no stranger reaches it at any instant', async () => {
      const before = await strange();
      await plugged('community-2102-red', async () => {
        await alice.updateNic(nic('community-2102-green', BANDWIDTH));
        await becomes(SECOND, 'community 2102 green');
        await siege.goesOn();
        expect(await parkingOf(SECOND)).to.equal('trunk [4095] false');
      });
      expect(await strange()).to.equal(before);
      await suspect.isolated();
    });

    it('is closed to strangers again once it has gone to a portgroup of another VLAN, and to one of none', async () => {
      await plugged('community-2102-red', async () => {
        for (const [portgroup, role, parking] of [
          ['isolated-2102', 'isolated 2102', 'trunk [4095] true'],
          ['community-2102-red', 'community 2102 red', 'trunk [4095] false'],
        ] as const) {
          // libvirt writes the VLAN columns of the port itself: what it makes open the agent closes as soon as it sees it.
          await alice.updateNic(nic(portgroup));
          await becomes(SECOND, role);
          await until('the parking', async () => (await parkingOf(SECOND)) === parking);
          await host.appctl('revalidator/wait');
          const before = await strange();
          await siege.goesOn();
          expect(await strange()).to.equal(before);
        }
      });
      await suspect.isolated();
    });

    it('gets the VLAN that libvirt gives it outside every Private VLAN, and not the setting that it had before', async () => {
      await plugged('isolated-2102', async () => {
        // libvirt writes the VLAN of the NIC itself at an update; it clears that of its portgroup (qemuDomainChangeNet).
        await alice.updateNic(nic('elsewhere', "<vlan><tag id='7'/></vlan>"));
        await until('its marks to be gone', async () => (await marks(host, SECOND)) === '');
        const port = await portOf(host, SECOND);
        const setting = (): Promise<string> =>
          host.vsctl('get', 'Port', port, 'tag', 'trunks', 'protected', 'external_ids');
        const released = async (): Promise<boolean> => !(await setting()).includes('pvlan-saved');
        await until('its own setting', released);
        expect((await setting()).split('\n')).to.deep.equal(['7', '[]', 'false', '{}']);
      });
    });

    /** The columns that keep frames away from `NORMAL`: `trunk [4095] true`. */
    async function parkingOf(mac: Mac): Promise<string> {
      const port = await portOf(host, mac);
      const columns = ['vlan_mode', 'trunks', 'protected'].map((column) => host.vsctl('get', 'Port', port, column));
      return (await Promise.all(columns)).join(' ');
    }
  });
});

import { expect } from 'chai';
import type { Host } from '../../lab/host.ts';
import type { Libvirt } from '../../lab/libvirt-host.ts';
import { powerFailure } from '../../lab/power-failure.ts';
import { until } from '../../lab/until.ts';
import { redefine } from '../../lifecycle/boot-script.ts';
import { BORN_PARKED, ISOLATED } from '../../lifecycle/scene.ts';
import { Hypervisor, NETWORK } from './hypervisor.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { installed, interfaceColumn, marks, portOf } from './ports.ts';
import { ALICE, Suspect } from './suspect.ts';

const BOB = '52:54:00:00:00:0b';

const PORTGROUPS = [
  { name: ISOLATED },
  { name: BORN_PARKED, profileId: ISOLATED, bornParked: true },
  { name: 'promisc-2102' },
  { name: 'routers', profileId: 'promisc-2102' },
];

interface Boot {
  readonly agent: 'first' | 'last';
  /** Some distributions make it anew at each boot; networking scripts then make bridges and ports again. */
  readonly database: 'kept' | 'emptied';
}

describe('a hostile guest, isolated, that its host starts at each boot', function () {
  this.timeout(60_000);
  let hypervisor: Hypervisor;
  let host: Host;
  let libvirt: Libvirt;
  let suspect: Suspect;
  let around: Neighbourhood;

  before(async () => {
    hypervisor = await Hypervisor.start(PORTGROUPS);
    host = hypervisor.host;
    libvirt = host.libvirt;
    suspect = await Suspect.define(hypervisor, { portgroup: BORN_PARKED });
    around = suspect.around;
    await libvirt.virsh('net-autostart', NETWORK);
    await libvirt.virsh('autostart', 'alice');
    await suspect.guest.launch();
    await suspect.isolated();
  });

  after(async () => {
    await hypervisor.close();
  });

  /**
   * A power failure, and the boot after it. With the agent `last` it is not started: the guests run by then. Neighbours that are
   * plugged again are ordinary ports until an agent parks them.
   */
  async function reboot({ agent, database }: Boot): Promise<void> {
    await hypervisor.agent.stop();
    await powerFailure(host);
    around.forget();
    if (database === 'emptied') await host.emptyDatabase();
    const others = async (): Promise<void> => {
      await host.startOvsdb();
      await host.startVswitchd();
      if (database === 'emptied') await around.plugAgain();
      await libvirt.startDaemons();
    };
    await (agent === 'first' ? Promise.all([hypervisor.startAgent(), others()]) : others());
  }

  /** Defines the portgroup of her NIC from her next start on. */
  async function bornIn(portgroup: string): Promise<void> {
    await redefine(suspect.guest, (xml) =>
      xml.replace(/(<source network='[^']*')( portgroup='[^']*')?/, `$1 portgroup='${portgroup}'`),
    );
  }

  for (const boot of [
    { agent: 'last', database: 'kept' },
    { agent: 'last', database: 'emptied' },
    { agent: 'first', database: 'emptied' },
  ] as const) {
    it(`born parked, is never heard when the agent is ${boot.agent} and the database is ${boot.database}`, async () => {
      await bornIn(BORN_PARKED);
      await reboot(boot);
      if (boot.agent === 'last') {
        await suspect.sends(200);
        await hypervisor.startAgent();
      }
      await suspect.isolated();
    });
  }

  for (const database of ['kept', 'emptied'] as const) {
    it(`born as an ordinary port, is never heard when the agent is first and the database is ${database}`, async () => {
      await bornIn(ISOLATED);
      await reboot({ agent: 'first', database });
      await suspect.isolated();
    });
  }

  it('born as an ordinary port, is heard until the agent comes, and never after', async () => {
    await bornIn(ISOLATED);
    await reboot({ agent: 'last', database: 'emptied' });
    await until('her neighbour to hear her', () => around.heardYet(around.victim, ALICE) > 0, { timeout: 20_000 });
    await hypervisor.startAgent();
    await installed(host, ALICE);
    await around.heard(around.victim, ALICE);
    around.forget();
    await suspect.sends(100);
    await suspect.isolated();
  });

  describe('in the row that a router had before the boot, which libvirt gives to the next guest', () => {
    /** The row of bob, a router that runs until the power fails, and then no more. */
    let port: string;
    let row: string;

    beforeEach(async () => {
      await bobHasIt('promisc-2102');
    });

    async function bobHasIt(portgroup: string): Promise<void> {
      const bob = hypervisor.guest({ name: 'bob', nics: [{ network: NETWORK, mac: BOB, portgroup }] });
      await libvirt.virsh('autostart', '--disable', 'alice');
      await reboot({ agent: 'first', database: 'emptied' });
      await bob.launch();
      await installed(host, BOB);
      expect(await marks(host, BOB)).to.equal('true promiscuous 2102');
      port = await portOf(host, BOB);
      row = await interfaceColumn(host, port, '_uuid');
      await libvirt.virsh('undefine', 'bob');
      await libvirt.virsh('autostart', 'alice');
    }

    /** Boots without an agent, and returns when she sends through that row. */
    async function takesItOver(): Promise<void> {
      await reboot({ agent: 'last', database: 'kept' });
      expect(await portOf(host, ALICE)).to.equal(port);
      expect(await interfaceColumn(host, port, '_uuid')).to.equal(row);
      await suspect.sends(100);
    }

    it('is isolated', async () => {
      await bornIn(ISOLATED);
      await takesItOver();
      await hypervisor.startAgent();
      await suspect.isolated();
    });

    it('is no router for having no portgroup of its own', async () => {
      await redefine(suspect.guest, (xml) => xml.replace(/ portgroup='[^']*'/, ''));
      await takesItOver();
      await hypervisor.startAgent();
      await hypervisor.agent.reached('released', port);
      expect(await marks(host, ALICE)).to.equal('');
      expect(await around.heard(around.victim, ALICE), 'frames to the isolated neighbour').to.equal(0);
    });

    it('is closed where the row has the port-profile of the router, until that is taken away', async () => {
      await bobHasIt('routers');
      await bornIn(ISOLATED);
      await takesItOver();
      expect(await interfaceColumn(host, port, 'external_ids:port-profile')).to.equal('promisc-2102');
      await hypervisor.startAgent();
      await hypervisor.agent.reached('quarantined', port);
      expect(hypervisor.agent.alarms.join('\n')).to.match(/port-profile is|port-profile says/);
      await suspect.sends(100);
      expect(await around.heard(around.victim, ALICE), 'frames to the isolated neighbour').to.equal(0);
      await host.vsctl('remove', 'Interface', port, 'external_ids', 'port-profile');
      await suspect.isolated();
    });
  });
});

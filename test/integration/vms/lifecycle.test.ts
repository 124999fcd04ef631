import { expect } from 'chai';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Guest } from '../../lab/guest.ts';
import type { Host } from '../../lab/host.ts';
import type { Libvirt } from '../../lab/libvirt-host.ts';
import { nicXml } from '../../lab/libvirt-xml.ts';
import { until } from '../../lab/until.ts';
import { redefine, runAtBoot } from '../../lifecycle/boot-script.ts';
import { hostility } from '../../lifecycle/hostility.ts';
import { Hypervisor, NETWORK } from './hypervisor.ts';
import { BLUE, Neighbourhood, VICTIM } from './neighbourhood.ts';
import { allFlows, findPort, flowsOf, installed, interfaceColumn, marks, portOf } from './ports.ts';

const ALICE = '52:54:00:00:00:0a';
const SECOND = '52:54:00:00:01:0a';
const IFACE_ID = '8a1c7e0e-4a0b-4a51-9e57-0123456789ab';
const ADDRESS = '10.0.0.1';

describe('a hostile guest, isolated, through its life', function () {
  this.timeout(60_000);
  let hypervisor: Hypervisor;
  let host: Host;
  let libvirt: Libvirt;
  let around: Neighbourhood;
  let alice: Guest;

  before(async () => {
    hypervisor = await Hypervisor.start();
    host = hypervisor.host;
    libvirt = host.libvirt;
    around = await Neighbourhood.on(host);
    alice = hypervisor.guest({
      name: 'alice',
      nics: [{ network: NETWORK, portgroup: 'isolated-2102', mac: ALICE, interfaceId: IFACE_ID }],
    });
    await runAtBoot(alice, hostility({ nic: 'eth0', address: `${ADDRESS}/24`, targets: [VICTIM, BLUE], interval: 40 }));
    await redefine(alice, (xml) => xml.replace('<on_reboot>destroy', '<on_reboot>restart'));
    await alice.launch();
    await isolated();
  });

  after(async () => {
    await hypervisor.close();
  });

  /** Alice is marked, exchanges frames with the router, and was never heard by a neighbour. */
  async function isolated(): Promise<void> {
    await installed(host, ALICE);
    expect(await marks(host, ALICE)).to.equal('true isolated 2102');
    await around.routerReaches(ADDRESS);
    expect(await around.heard(around.victim, ALICE), 'frames to the isolated neighbour').to.equal(0);
    expect(await around.heard(around.blue, ALICE), 'frames to the community').to.equal(0);
  }

  /** Her port and whatever concerned it are gone. */
  async function gone(ofport: string): Promise<void> {
    await until('her port to be gone', async () => (await findPort(host, ALICE)) === undefined);
    await until('her flows to be gone', async () => (await flowsOf(host, { mac: ALICE, ofport })).length === 0);
  }

  function nicOfAlice(portgroup: string, extra = ''): string {
    const xml = nicXml({ network: NETWORK, portgroup, mac: ALICE, interfaceId: IFACE_ID });
    return xml.replace('</interface>', `${extra}</interface>`);
  }

  async function ofportOfAlice(): Promise<string> {
    return interfaceColumn(host, await portOf(host, ALICE), 'ofport');
  }

  it('sends all the while to its neighbours', async () => {
    const port = await portOf(host, ALICE);
    const sent = async (): Promise<number> => Number(await interfaceColumn(host, port, 'statistics:rx_packets'));
    const before = await sent();
    await until('hundreds of frames of hers', async () => (await sent()) > before + 300, { timeout: 20_000 });
    await isolated();
  });

  it('is isolated again after it powered off, got another name and was started', async () => {
    const ofport = await ofportOfAlice();
    await alice.ready();
    await alice.run('poweroff -f', 2000).catch(() => undefined);
    await gone(ofport);
    await libvirt.virsh('domrename', 'alice', 'carol');
    await libvirt.virsh('start', 'carol');
    await isolated();
    await libvirt.virsh('destroy', 'carol');
    await gone(ofport);
    await libvirt.virsh('domrename', 'carol', 'alice');
  });

  it('is isolated when the agent was there before libvirt', async () => {
    await hypervisor.agent.stop();
    await libvirt.killLibvirtd();
    for (const part of ['network', 'qemu']) await rm(join(libvirt.stateDir, part), { recursive: true, force: true });
    await hypervisor.startAgent();
    await libvirt.startDaemons();
    await libvirt.virsh('net-start', NETWORK);
    await alice.launch();
    await isolated();
  });

  it('is isolated again after its QEMU crashed', async () => {
    const ofport = await ofportOfAlice();
    process.kill(Number(await readFile(join(libvirt.stateDir, 'qemu', 'alice.pid'), 'utf8')), 'SIGKILL');
    await gone(ofport);
    await until('libvirt to know', async () => (await libvirt.virsh('domstate', 'alice')).includes('shut off'));
    await alice.launch();
    await isolated();
  });

  it('stays isolated while it reboots', async () => {
    const flows = await allFlows(host);
    await libvirt.virsh('reset', 'alice');
    await until('the guest to be down', async () => !(await around.pings(ADDRESS)));
    expect(await allFlows(host)).to.deep.equal(flows);
    await isolated();
  });

  it('stays isolated while it is suspended, and after', async () => {
    const flows = await allFlows(host);
    await libvirt.virsh('suspend', 'alice');
    expect(await marks(host, ALICE)).to.equal('true isolated 2102');
    expect(await allFlows(host)).to.deep.equal(flows);
    await libvirt.virsh('resume', 'alice');
    await isolated();
  });

  it('is isolated again when restored from a file, where it sends from its first instruction', async () => {
    const ofport = await ofportOfAlice();
    await libvirt.virsh('managedsave', 'alice');
    await gone(ofport);
    await libvirt.virsh('start', 'alice');
    await isolated();
  });

  it('is isolated at a NIC plugged while it runs, and leaves nothing when that is unplugged', async () => {
    const nic = nicXml({ network: NETWORK, portgroup: 'isolated-2102', mac: SECOND });
    await alice.attachNic(nic);
    await installed(host, SECOND);
    const ofport = await interfaceColumn(host, await portOf(host, SECOND), 'ofport');
    expect(await marks(host, SECOND)).to.equal('true isolated 2102');
    await alice.ready();
    await until('the NIC in the guest', async () => (await alice.run('ip link set eth1 up')).code === 0);
    await alice.run('ip addr add 10.0.0.11/24 dev eth1');
    expect((await alice.run(`ping -I eth1 -c 1 -W 2 10.0.0.254`)).out).to.include('1 packets received');
    await alice.run(`arp -i eth1 -s ${VICTIM.address} ${VICTIM.mac}; ping -I eth1 -c 1 -W 1 ${VICTIM.address}`);
    expect(await around.heard(around.victim, SECOND)).to.equal(0);

    await alice.detachNic(nic);
    await until('its port to be gone', async () => (await findPort(host, SECOND)) === undefined);
    await until('its flows to be gone', async () => (await flowsOf(host, { mac: SECOND, ofport })).length === 0);
    await isolated();
  });

  it('is cut off while its link is down, and isolated when it is up again', async () => {
    await alice.updateNic(nicOfAlice('isolated-2102', "<link state='down'/>"));
    await until('the guest to be cut off', async () => !(await around.pings(ADDRESS)));
    expect(await marks(host, ALICE)).to.equal('true isolated 2102');
    await alice.updateNic(nicOfAlice('isolated-2102', "<link state='up'/>"));
    await isolated();
  });

  it('follows an update of its portgroup, which nothing in OVSDB tells, and the isolated neighbour never hears it', async () => {
    // libvirt applies a new portgroup only together with another change (qemuDomainChangeNet, src/qemu/qemu_hotplug.c).
    await alice.updateNic(nicOfAlice('community-2102-blue', "<bandwidth><inbound average='100000'/></bandwidth>"));
    await until('her new marks', async () => (await marks(host, ALICE)) === 'true community 2102 blue');
    await until('her frames in the community', async () => (await around.heard(around.blue, ALICE)) > 0);
    await around.routerReaches(ADDRESS);
    expect(await around.heard(around.victim, ALICE)).to.equal(0);

    await alice.updateNic(nicOfAlice('isolated-2102'));
    await until('her old marks', async () => (await marks(host, ALICE)) === 'true isolated 2102');
    await around.heard(around.blue, ALICE);
    around.forget();
    await isolated();
  });

  it('becomes isolated at a NIC without a portgroup when its network gets a default one', async () => {
    const nic = nicXml({ network: NETWORK, mac: SECOND });
    const update = async (portgroup: string): Promise<void> => {
      await libvirt.virsh('net-update', NETWORK, 'modify', 'portgroup', portgroup, '--live');
    };
    await alice.attachNic(nic);
    expect(await marks(host, SECOND)).to.equal('');
    await update(`<portgroup name='isolated-2102' default='yes'/>`);
    await installed(host, SECOND);
    expect(await marks(host, SECOND)).to.equal('true isolated 2102');
    await alice.detachNic(nic);
    await until('its port to be gone', async () => (await findPort(host, SECOND)) === undefined);
    await update(`<portgroup name='isolated-2102'/>`);
    await isolated();
  });

  it('stays isolated while libvirtd is dead and after it is back', async () => {
    const flows = await allFlows(host);
    await libvirt.killLibvirtd('SIGKILL');
    await isolated();
    await hypervisor.restartAgent();
    await isolated();
    await libvirt.startDaemons();
    await isolated();
    expect(await allFlows(host)).to.deep.equal(flows);
  });

  it('stays isolated while no agent runs, and the next changes nothing', async () => {
    const flows = await allFlows(host);
    await hypervisor.agent.stop();
    await isolated();
    await hypervisor.startAgent();
    await isolated();
    expect(await allFlows(host)).to.deep.equal(flows);
  });
});

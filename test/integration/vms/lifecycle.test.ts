import { expect } from 'chai';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Guest } from '../../lab/guest.ts';
import type { Host } from '../../lab/host.ts';
import type { Libvirt } from '../../lab/libvirt-host.ts';
import { nicXml } from '../../lab/libvirt-xml.ts';
import { until } from '../../lab/until.ts';
import { Hypervisor, NETWORK } from './hypervisor.ts';
import { VICTIM } from './neighbourhood.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { allFlows, findPort, flowsOf, installed, interfaceColumn, marks, portOf } from './ports.ts';
import { ADDRESS, ALICE, Suspect } from './suspect.ts';

const SECOND = '52:54:00:00:01:0a';

describe('a hostile guest, isolated, through its life', function () {
  this.timeout(60_000);
  let hypervisor: Hypervisor;
  let host: Host;
  let libvirt: Libvirt;
  let suspect: Suspect;
  let around: Neighbourhood;
  let alice: Guest;

  before(async () => {
    hypervisor = await Hypervisor.start();
    host = hypervisor.host;
    libvirt = host.libvirt;
    suspect = await Suspect.define(hypervisor);
    ({ around, guest: alice } = suspect);
    await alice.launch();
    await suspect.isolated();
  });

  after(async () => {
    await hypervisor.close();
  });

  it('sends all the while to its neighbours', async () => {
    await suspect.sends(300);
    await suspect.isolated();
  });

  it('is isolated again after it powered off, got another name and was started', async () => {
    const ofport = await suspect.ofport();
    await alice.ready();
    await alice.run('poweroff -f', 2000).catch(() => undefined);
    await suspect.gone(ofport);
    await libvirt.virsh('domrename', 'alice', 'carol');
    await libvirt.virsh('start', 'carol');
    await suspect.isolated();
    await libvirt.virsh('destroy', 'carol');
    await suspect.gone(ofport);
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
    await suspect.isolated();
  });

  it('is isolated again after its QEMU crashed', async () => {
    const ofport = await suspect.ofport();
    await libvirt.killGuest('alice');
    await suspect.gone(ofport);
    await until('libvirt to know', async () => (await libvirt.virsh('domstate', 'alice')).includes('shut off'));
    await alice.launch();
    await suspect.isolated();
  });

  it('stays isolated while it reboots', async () => {
    const flows = await allFlows(host);
    await libvirt.virsh('reset', 'alice');
    await until('the guest to be down', async () => !(await around.pings(ADDRESS)));
    expect(await allFlows(host)).to.deep.equal(flows);
    await suspect.isolated();
  });

  it('stays isolated while it is suspended, and after', async () => {
    const flows = await allFlows(host);
    await libvirt.virsh('suspend', 'alice');
    expect(await marks(host, ALICE)).to.equal('true isolated 2102');
    expect(await allFlows(host)).to.deep.equal(flows);
    await libvirt.virsh('resume', 'alice');
    await suspect.isolated();
  });

  it('is isolated again when restored from a file, where it sends from its first instruction', async () => {
    const ofport = await suspect.ofport();
    await libvirt.virsh('managedsave', 'alice');
    await suspect.gone(ofport);
    await libvirt.virsh('start', 'alice');
    await suspect.isolated();
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
    await suspect.isolated();
  });

  it('is cut off while its link is down, and isolated when it is up again', async () => {
    await alice.updateNic(suspect.nic('isolated-2102', "<link state='down'/>"));
    await until('the guest to be cut off', async () => !(await around.pings(ADDRESS)));
    expect(await marks(host, ALICE)).to.equal('true isolated 2102');
    await alice.updateNic(suspect.nic('isolated-2102', "<link state='up'/>"));
    await suspect.isolated();
  });

  it('follows an update of its portgroup, which nothing in OVSDB tells, and the isolated neighbour never hears it', async () => {
    // libvirt applies a new portgroup only together with another change (qemuDomainChangeNet, src/qemu/qemu_hotplug.c).
    await alice.updateNic(suspect.nic('community-2102-blue', "<bandwidth><inbound average='100000'/></bandwidth>"));
    await until('her new marks', async () => (await marks(host, ALICE)) === 'true community 2102 blue');
    await until('her frames in the community', async () => (await around.heard(around.blue, ALICE)) > 0);
    await around.routerReaches(ADDRESS);
    expect(await around.heard(around.victim, ALICE)).to.equal(0);

    await alice.updateNic(suspect.nic('isolated-2102'));
    await until('her old marks', async () => (await marks(host, ALICE)) === 'true isolated 2102');
    await around.heard(around.blue, ALICE);
    around.forget();
    await suspect.isolated();
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
    await suspect.isolated();
  });

  it('stays isolated while libvirtd is dead and after it is back', async () => {
    const flows = await allFlows(host);
    await libvirt.killLibvirtd('SIGKILL');
    await suspect.isolated();
    await hypervisor.restartAgent();
    await suspect.isolated();
    await libvirt.startDaemons();
    await suspect.isolated();
    expect(await allFlows(host)).to.deep.equal(flows);
  });

  it('stays isolated while no agent runs, and the next changes nothing', async () => {
    const flows = await allFlows(host);
    await hypervisor.agent.stop();
    await suspect.isolated();
    await hypervisor.startAgent();
    await suspect.isolated();
    expect(await allFlows(host)).to.deep.equal(flows);
  });
});

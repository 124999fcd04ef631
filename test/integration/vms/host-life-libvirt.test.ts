import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Host } from '../../lab/host.ts';
import type { Libvirt } from '../../lab/libvirt-host.ts';
import { nicXml } from '../../lab/libvirt-xml.ts';
import { emptyFolder } from '../../lab/power-failure.ts';
import { run } from '../../lab/run.ts';
import { until } from '../../lab/until.ts';
import { Hypervisor, NETWORK } from './hypervisor.ts';
import { allFlows, findPort, installed, marks, portOf, stripPort } from './ports.ts';
import { ResidentAgent } from './resident-agent.ts';
import { ALICE, Suspect } from './suspect.ts';

const SECOND = '52:54:00:00:01:0a';

describe('a hostile guest, isolated, through the life of its libvirt', function () {
  this.timeout(60_000);
  let hypervisor: Hypervisor;
  let host: Host;
  let libvirt: Libvirt;
  let suspect: Suspect;

  before(async () => {
    hypervisor = await Hypervisor.start();
    host = hypervisor.host;
    libvirt = host.libvirt;
    suspect = await Suspect.define(hypervisor);
    await suspect.guest.launch();
    await suspect.isolated();
  });

  after(async () => {
    await hypervisor.close();
  });

  /** Plugs a NIC while she runs, which only the folders as they are now tell of, and unplugs it. */
  async function plugsIsolated(): Promise<void> {
    const nic = nicXml({ network: NETWORK, portgroup: 'isolated-2102', mac: SECOND });
    await suspect.guest.attachNic(nic);
    await installed(host, SECOND);
    expect(await marks(host, SECOND)).to.equal('true isolated 2102');
    await suspect.guest.detachNic(nic);
    await until('the NIC to be gone', async () => (await findPort(host, SECOND)) === undefined);
  }

  /** Where the agent has read her portgroup. */
  async function source(): Promise<string | undefined> {
    const name = await portOf(host, ALICE);
    const ports = hypervisor.agent.agent.status().bridges.flatMap((bridge) => bridge.ports);
    return ports.find((port) => port.name === name)?.source;
  }

  it('is isolated by an agent that comes long after libvirt and its guests', async () => {
    const ofport = await suspect.ofport();
    await hypervisor.agent.stop();
    await libvirt.virsh('destroy', 'alice');
    await until('her port to be gone', async () => (await findPort(host, ALICE)) === undefined);
    await suspect.guest.launch();
    await suspect.sends(100);
    expect(await marks(host, ALICE)).to.equal('');
    await hypervisor.startAgent();
    await suspect.isolated();
    expect(await suspect.ofport()).not.to.equal(ofport);
  });

  it('is isolated when libvirtd starts it at its own start', async () => {
    await libvirt.virsh('autostart', 'alice');
    await libvirt.virsh('destroy', 'alice');
    await libvirt.killLibvirtd('SIGTERM');
    // libvirt starts guests once after each boot, and knows a boot by the lack of this file.
    await rm(join(libvirt.stateDir, 'qemu', 'autostarted'));
    await libvirt.startDaemons();
    await suspect.isolated();
    await libvirt.virsh('autostart', '--disable', 'alice');
  });

  it("is found again from libvirt's files alone while libvirtd is down for long", async () => {
    await libvirt.killLibvirtd('SIGKILL');
    await hypervisor.agent.stop();
    await stripPort(host, await portOf(host, ALICE));
    expect(await marks(host, ALICE)).to.equal('');
    await hypervisor.startAgent();
    await suspect.isolated();
    expect(await source()).to.equal('network-port');
    await libvirt.startDaemons();
    await suspect.isolated();
  });

  it('stays isolated while its state folders are replaced by others, which are read from then on', async () => {
    const flows = await allFlows(host);
    const old = `${libvirt.stateDir}.old`;
    await rename(libvirt.stateDir, old);
    await mkdir(libvirt.stateDir);
    for (const name of await readdir(old)) {
      const [from, to] = [join(old, name), join(libvirt.stateDir, name)];
      // Sockets cannot be copied, and libvirtd has them open.
      if (name === 'network' || name === 'qemu') await cp(from, to, { recursive: true, preserveTimestamps: true });
      else await rename(from, to);
    }
    await suspect.isolated();
    await plugsIsolated();
    expect(await allFlows(host)).to.deep.equal(flows);
    await rm(old, { recursive: true });
  });

  it('stays isolated while another folder is mounted over its state folder and taken away again', async () => {
    await hypervisor.agent.stop();
    const agent = new ResidentAgent(host);
    try {
      await agent.installed(await portOf(host, ALICE));
      const flows = await allFlows(host);
      const copy = join(host.folder, 'covering');
      await run('cp', ['-a', libvirt.stateDir, copy]);
      await libvirt.coverState(copy);
      await plugsIsolated();
      await suspect.isolated();
      await libvirt.uncoverState();
      await plugsIsolated();
      await suspect.isolated();
      expect(await allFlows(host)).to.deep.equal(flows);
    } finally {
      await agent.stop();
      await hypervisor.startAgent();
    }
  });

  it('stays isolated when the state folders are emptied under libvirtd, which then forgets that it runs', async () => {
    const [pid, ofport] = [await libvirt.guestPid('alice'), await suspect.ofport()];
    const flows = await allFlows(host);
    await emptyFolder(join(libvirt.stateDir, 'network'));
    await emptyFolder(join(libvirt.stateDir, 'qemu'));
    await suspect.isolated();
    await hypervisor.restartAgent();
    await suspect.isolated();
    await libvirt.killLibvirtd('SIGKILL');
    await libvirt.startDaemons();
    await libvirt.virsh('net-start', NETWORK);
    expect(await libvirt.virsh('domstate', 'alice')).to.include('shut off');
    await suspect.isolated();
    expect(await allFlows(host)).to.deep.equal(flows);
    expect(await source()).to.equal('domain');

    // What libvirt has forgotten it does not clean up either.
    const port = await portOf(host, ALICE);
    process.kill(pid, 'SIGKILL');
    await host.vsctl('del-port', port);
    await suspect.gone(ofport);
    await suspect.guest.launch();
    await suspect.isolated();
  });
});

import { expect } from 'chai';
import { join } from 'node:path';
import type { PortStatus } from '../../../src/bridge/report/status.ts';
import { writeDisk } from '../../lab/disk.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import type { Libvirt } from '../../lab/libvirt-host.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';
import { defineGuest, GUEST, MACS, nic, onFile, prepare, virtualport } from './machine.ts';

const MAC = MACS.isolated;
const PORTGROUP = "network='ovs' portgroup='isolated-2102'";
const PARKED = 'trunk [4095] true';

/**
 * Whatever virsh is told to do to a NIC, and whatever the libvirt of this machine makes of it: newer ones carry out what 9.0 refuses,
 * and drop the NIC's portgroup. The marks and the parking have to stay, at the same port or at a new one.
 */
describe('an isolated NIC, whatever virsh does to it', function () {
  this.timeout(120_000);
  let lab: Lab;
  let host: Host;
  let libvirt: Libvirt;
  let agent: AgentOn;
  /** What this libvirt said to each verb, printed in the end: versions differ. */
  const said: string[] = [];

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('here');
    libvirt = await prepare(host);
    await defineGuest(host);
    const file = join(host.folder, 'disk.qcow2');
    await writeDisk(file, 1 << 20);
    const disk = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${file}'/><target dev='vda'/></disk>`;
    await redefine((xml) => xml.replace('</emulator>', `</emulator>${disk}`));
    agent = await AgentOn.start(host, { libvirt: 'host', config: { pvlans: [PVLAN_2102] } });
    await libvirt.virsh('start', GUEST.name);
  });

  after(async () => {
    process.stdout.write(`      ${said.join('\n      ')}\n`);
    await agent.stop();
    await lab.close();
  });

  beforeEach(async () => {
    if (!(await liveNic()).includes('portgroup=')) {
      await libvirt.virsh('destroy', GUEST.name);
      await until('the port of before to be gone', async () => (await ports()).length === 0);
      await libvirt.virsh('start', GUEST.name);
    }
    await isIsolated();
  });

  const ports = async (): Promise<string[]> => {
    const find = [
      '--bare',
      '--no-headings',
      '--columns=name',
      'find',
      'Interface',
      `external_ids:attached-mac="${MAC}"`,
    ];
    return (await host.vsctl(...find)).split(/\s+/).filter((name) => name !== '');
  };
  const status = async (): Promise<PortStatus | undefined> => {
    const [name] = await ports();
    return agent.agent
      .status()
      .bridges.flatMap((bridge) => bridge.ports)
      .find((port) => port.name === name);
  };
  const parking = async (name: string): Promise<string> =>
    (await host.vsctl('get', 'Port', name, 'vlan_mode', 'trunks', 'protected')).replaceAll('\n', ' ');
  const alarms = (): string =>
    JSON.stringify(agent.agent.status().alarms.filter(({ code }) => code === 'portgroup-lost'));

  /** The NIC's one port is installed as isolated and parked, and stays so when all that libvirt wrote is read. */
  async function isIsolated(): Promise<void> {
    const name = await until('its port', async () => {
      const [one, ...others] = await ports();
      return others.length === 0 ? one : undefined;
    });
    await agent.reached('installed', name);
    await until('its parking', async () => (await parking(name)) === PARKED);
    expect(await status()).to.include({ role: 'isolated-2102' });
    const marks = await host.vsctl('get', 'Interface', name, 'external_ids:pvlan-role', 'external_ids:pvlan-installed');
    expect(marks.replaceAll('"', '')).to.equal('isolated\ntrue');
  }

  /** Runs virsh, which may refuse. */
  async function virsh(...args: string[]): Promise<boolean> {
    return tell(args.join(' '), libvirt.virsh(...args));
  }

  async function tell(what: string, done: Promise<unknown>): Promise<boolean> {
    const answer = await done.then(
      () => 'done',
      (error: unknown) => String(error).trim().split('error: ').at(-1) ?? '',
    );
    said.push(`${what.replaceAll(host.folder, '…')}: ${answer}`);
    return answer === 'done';
  }

  async function update(source: string, extra = '', ...flags: string[]): Promise<boolean> {
    const xml = nic(MAC, source, virtualport(await interfaceId()) + extra);
    return tell(
      `update-device ${source} ${extra} ${flags.join(' ')}`,
      onFile(host, 'update-device', [GUEST.name], xml, '--live', ...flags),
    );
  }

  async function interfaceId(): Promise<string> {
    return /interfaceid='([^']+)'/.exec(await liveNic())?.[1] ?? '';
  }

  async function liveNic(): Promise<string> {
    const found = (await libvirt.virsh('dumpxml', GUEST.name)).match(/<interface[^]*?<\/interface>/g) ?? [];
    return found.find((xml) => xml.includes(MAC)) ?? '';
  }

  async function redefine(edit: (xml: string) => string): Promise<void> {
    await onFile(host, 'define', [], edit(await libvirt.virsh('dumpxml', '--inactive', GUEST.name)));
  }

  /** Whether this libvirt drops the portgroup of a NIC whose link is set: then there has to be an alarm. */
  async function link(): Promise<boolean> {
    const works = await virsh('domif-setlink', GUEST.name, MAC, 'down');
    await virsh('domif-setlink', GUEST.name, MAC, 'up');
    const dropped = works && !(await liveNic()).includes('portgroup=');
    if (dropped) await until('the alarm', () => alarms().includes('update-device'));
    return dropped;
  }

  /** Where the link cannot be set nothing is lost that these could carry on; vms/snapshots.test.ts has them without that. */
  function skip(test: Mocha.Context): void {
    said.push(`not tried: ${test.test?.title ?? ''}, as this libvirt refuses domif-setlink`);
    test.skip();
  }

  it('stays isolated through domif-setlink, domiftune and set_link', async () => {
    await link();
    await isIsolated();
    await virsh('domif-setlink', GUEST.name, MAC, 'up', '--config');
    await virsh('domiftune', GUEST.name, MAC, '--inbound', '1000', '--live');
    await virsh('qemu-monitor-command', GUEST.name, '--hmp', 'set_link net0 off');
    await isIsolated();
  });

  it('stays isolated through update-device of what dumpxml prints', async () => {
    await tell('update-device of dumpxml', onFile(host, 'update-device', [GUEST.name], await liveNic(), '--live'));
    const slower = (await liveNic()).replace(
      '</interface>',
      "<bandwidth><inbound average='1000'/></bandwidth></interface>",
    );
    await tell(
      'update-device of dumpxml with bandwidth',
      onFile(host, 'update-device', [GUEST.name], slower, '--live'),
    );
    await isIsolated();
  });

  it('stays isolated through update-device to the bridge itself, live, in its definition, and with a VLAN', async () => {
    await update("bridge='br0'");
    await isIsolated();
    await update("bridge='br0'", "<vlan><tag id='7'/></vlan>");
    await isIsolated();
    const definition = await libvirt.virsh('dumpxml', '--inactive', GUEST.name);
    await update("bridge='br0'", "<link state='up'/>", '--config');
    await isIsolated();
    await onFile(host, 'define', [], definition);
  });

  it('has its portgroup again by update-device, and the alarm ends', async () => {
    const dropped = await link();
    await update(PORTGROUP, "<link state='up'/>");
    await until('no alarm', () => alarms() === '[]');
    await isIsolated();
    if (dropped) expect(await status()).to.include({ source: 'network-port' });
  });

  it('stays isolated while libvirtd and the agent start anew, though its definition says otherwise by then', async () => {
    await link();
    const definition = await libvirt.virsh('dumpxml', '--inactive', GUEST.name);
    const direct = definition.replace(
      new RegExp(`<interface type='network'>(\\s*<mac address='${MAC}'/>\\s*)<source [^>]*>`),
      `<interface type='bridge'>$1<source bridge='br0'/><virtualport type='openvswitch'/>`,
    );
    expect(direct).to.not.equal(definition);
    await onFile(host, 'define', [], direct);
    await agent.stop();
    await libvirt.killLibvirtd();
    await libvirt.startDaemons();
    agent = await AgentOn.start(host, { libvirt: 'host', config: { pvlans: [PVLAN_2102] } });
    await isIsolated();
    await onFile(host, 'define', [], definition);
  });

  it('stays isolated while its network is stopped, and started again', async () => {
    await virsh('net-destroy', 'ovs');
    await isIsolated();
    await link();
    await isIsolated();
    await virsh('net-start', 'ovs');
    await libvirt.killLibvirtd();
    await libvirt.startDaemons();
    await isIsolated();
  });

  it('is isolated at the port that it gets by save and restore, and by managedsave', async function () {
    if (!(await link())) skip(this);
    // As libvirt sees it: its /run is the lab's.
    const file = '/run/guest.save';
    await virsh('save', GUEST.name, file);
    await virsh('restore', file);
    await isIsolated();
    await link();
    await virsh('managedsave', GUEST.name);
    await virsh('start', GUEST.name);
    await isIsolated();
  });

  it('is isolated after it was reverted to what it was before its link was set, and after', async function () {
    if (!(await link())) skip(this);
    await update(PORTGROUP);
    await virsh('snapshot-create-as', GUEST.name, 'before');
    await link();
    await virsh('snapshot-create-as', GUEST.name, 'after');
    for (const snapshot of ['before', 'after']) {
      await virsh('snapshot-revert', GUEST.name, snapshot);
      await isIsolated();
    }
    for (const snapshot of ['after', 'before']) await virsh('snapshot-delete', GUEST.name, snapshot);
  });
});

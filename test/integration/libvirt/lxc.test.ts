import { expect } from 'chai';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../lab/errors.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { run } from '../../lab/run.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { skip } from '../../support/skip.ts';

/** The host's part of a container, which Debian has in a package of its own. */
const CONTROLLER = '/usr/lib/libvirt/libvirt_lxc';

const NETWORK = `<network><name>ovs</name><forward mode='bridge'/><bridge name='br0'/><virtualport type='openvswitch'/>
  <portgroup name='isolated-2102'/><portgroup name='promisc-2102'/></network>`;

const BOXES = [
  { name: 'box1', mac: '52:54:00:00:0c:01', address: '192.0.2.1', portgroup: 'isolated-2102' },
  { name: 'box2', mac: '52:54:00:00:0c:02', address: '192.0.2.2', portgroup: 'isolated-2102' },
  { name: 'router', mac: '52:54:00:00:0c:03', address: '192.0.2.9', portgroup: 'promisc-2102' },
] as const;
type Box = (typeof BOXES)[number];

/** A container that waits, in the root of this machine. */
const domain = ({ name, mac, portgroup }: Box): string => `<domain type='lxc'>
  <name>${name}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
  <os><type>exe</type><init>/bin/sleep</init><initarg>infinity</initarg></os>
  <devices>
    <filesystem type='mount'><source dir='/'/><target dir='/'/></filesystem>
    <interface type='network'><mac address='${mac}'/><source network='ovs' portgroup='${portgroup}'/></interface>
    <console type='pty'/>
  </devices>
</domain>`;

describe("containers of libvirt's LXC driver", function () {
  this.timeout(90_000);
  let lab: Lab | undefined;
  let host: Host;

  const virsh = (...args: string[]): Promise<string> =>
    run('virsh', ['-q', '-c', `lxc+unix:///system?socket=${host.libvirt.socket}`, ...args], { timeout: 30_000 });

  const inside = async (...argv: string[]): Promise<string> => {
    const [command = '', ...rest] = host.libvirt.wrap(argv);
    return run(command, rest);
  };

  /** `ip netns exec`, in which libvirtd runs, mounts another /sys without the control groups that are mounted in the machine's. */
  const mountControlGroups = async (): Promise<void> => {
    const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
    const unified = mounts.some(([, place, type]) => place === '/sys/fs/cgroup' && type === 'cgroup2');
    if (unified) {
      await inside('mount', '-t', 'cgroup2', 'cgroup2', '/sys/fs/cgroup');
      return;
    }
    await inside('mount', '-t', 'tmpfs', 'cgroup', '/sys/fs/cgroup');
    for (const [, place = '', type] of mounts) {
      const controllers = /^\/sys\/fs\/cgroup\/([\w,]+)$/.exec(place)?.[1];
      if (type !== 'cgroup' || controllers === undefined || controllers === 'systemd') continue;
      await inside('mkdir', place);
      await inside('mount', '-t', 'cgroup', '-o', controllers, 'cgroup', place);
    }
  };

  /** The process that is the container's first; libvirt writes 0 until it knows. */
  const initOf = async ({ name }: Box): Promise<string | undefined> => {
    const status = await readFile(join(host.libvirt.stateDir, 'lxc', `${name}.xml`), 'utf8');
    return /<init pid='([1-9]\d*)'/.exec(status)?.[1];
  };

  const inContainer = async (box: Box, ...argv: string[]): Promise<string> =>
    run('nsenter', ['--net', '--target', (await initOf(box)) ?? '', ...argv]);

  const reaches = async (from: Box, to: Box): Promise<boolean> =>
    inContainer(from, 'busybox', 'ping', '-c', '1', '-W', '1', to.address).then(
      () => true,
      () => false,
    );

  before(async function () {
    await access(CONTROLLER).catch(() =>
      skip(this, `there is no ${CONTROLLER}: libvirt-daemon-driver-lxc is not installed`),
    );
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge('br0');
    await host.startLibvirt();
    await host.libvirt.killLibvirtd();
    await mountControlGroups().catch((error: unknown) =>
      skip(this, `no control groups for containers: ${String(error)}`),
    );
    await host.libvirt.startDaemons();
    await host.libvirt.defineNetwork(NETWORK);
    for (const box of BOXES) {
      const file = join(host.folder, `${box.name}.xml`);
      await writeFile(file, domain(box));
      await virsh('define', file);
      await virsh('start', box.name).catch((error: unknown) => {
        if (error instanceof LabError && error.message.includes('cgroup')) skip(this, error.message);
        throw error;
      });
      await until('libvirt to know the first process of the container', async () => (await initOf(box)) !== undefined);
      await inContainer(box, 'ip', 'addr', 'add', `${box.address}/24`, 'dev', 'eth0');
      await inContainer(box, 'ip', 'link', 'set', 'eth0', 'up');
    }
  });

  after(() => lab?.close());

  it('are known by the files that libvirt itself writes, isolated, and so for an agent that comes later', async () => {
    const [one, other, router] = BOXES;
    await until('the containers to reach each other without an agent', () => reaches(one, other));
    const names = (await host.vsctl('--bare', '--columns=name', 'find', 'Interface', 'external_ids:vm-id!=""')).split(
      '\n',
    );
    const ports = names.filter((name) => name !== '');
    expect(ports).to.have.length(BOXES.length);
    // The second agent finds the ports in hand.
    for (let round = 1; round <= 2; round += 1) {
      const agent = await AgentOn.start(host, { libvirt: 'host' });
      await agent.reached('installed', ...ports);
      const status = agent.agent.status();
      const found = status.bridges[0]?.ports.flatMap(({ role, source }) =>
        role === undefined ? [] : [`${role} ${source ?? ''}`],
      );
      expect(found?.sort()).to.deep.equal([
        'isolated-2102 network-port',
        'isolated-2102 network-port',
        'promisc-2102 network-port',
      ]);
      expect(status.alarms).to.deep.equal([]);
      expect(await reaches(one, other)).to.equal(false);
      expect(await reaches(one, router)).to.equal(true);
      expect(await reaches(router, other)).to.equal(true);
      await agent.stop();
    }
    for (const { name } of BOXES) await virsh('destroy', name);
    expect((await host.vsctl('list-ports', 'br0')).trim()).to.equal('');
  });
});

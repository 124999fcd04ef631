import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import packageJson from '../../../package.json' with { type: 'json' };
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { Podman } from './podman.ts';
import { printedWords } from './run-command.ts';
import type { Host } from '../../lab/host.ts';

/** Tries every socket and every folder there is, from inside, and prints which ones let it in. */
const REACH = `
const { readdirSync, readFileSync, writeFileSync, unlinkSync } = require('node:fs');
const { connect } = require('node:net');
const sockets = [], folders = [];
const walk = (folder) => {
  folders.push(folder);
  let entries = [];
  try { entries = readdirSync(folder, { withFileTypes: true }); } catch {}
  for (const entry of entries) {
    const path = (folder === '/' ? '' : folder) + '/' + entry.name;
    if (['/proc', '/sys', '/dev'].includes(path)) continue;
    if (entry.isDirectory()) walk(path);
    else if (entry.isSocket()) sockets.push(path);
  }
};
walk('/');
walk('/dev/shm');
const written = folders.filter((folder) => {
  try { writeFileSync(folder + '/.try', ''); unlinkSync(folder + '/.try'); return true; } catch { return false; }
});
const answers = (path) => new Promise((resolve) => {
  const socket = connect(path, () => { socket.destroy(); resolve([path]); });
  socket.on('error', () => resolve([]));
});
Promise.all(sockets.map(answers)).then((found) => {
  const abstract = readFileSync('/proc/net/unix', 'utf8').split('\\n').filter((line) => line.includes(' @'));
  console.log(JSON.stringify({ connected: found.flat(), written, abstract }));
});
`;

function listening(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      resolve(server);
    });
  });
}

describe('the container image', function () {
  this.timeout(60_000);
  // Each step goes on where the one before it ended. No bail(): mocha, with two files at a time, would leave out all other files, too.
  const name = `pvlan-agent-test-${process.pid}`;
  // What before() got to, to be undone even when it failed half-way.
  const closers: (() => Promise<void>)[] = [];
  let podman: Podman;
  let host: Host;

  before(async function () {
    this.timeout(660_000);
    podman = await Podman.build();
    closers.push(() => podman.remove(name));
    const lab = await Lab.create();
    closers.push(() => lab.close());
    host = await lab.host('host');
    await host.addBridge();
    // What libvirt makes when it starts.
    for (const part of ['settings', 'state/network', 'state/qemu', 'config/qemu'])
      await mkdir(folder(part), { recursive: true });
  });

  after(async () => {
    for (const close of closers.reverse()) await close();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${await podman.logs(name).catch(String)}\n`);
  });

  const folder = (part: string): string => join(host.folder, `container-${part}`);

  const installed = async (port: string): Promise<true> =>
    until(`the agent to install ${port}`, async () => {
      const value = await host.vsctl('--if-exists', 'get', 'Interface', port, 'external_ids:pvlan-installed');
      return value === '"true"' || value === 'true';
    });

  it('knows its version', async () => {
    expect(await podman.once('--version')).to.equal(packageJson.version);
  });

  it('explains itself', async () => {
    expect(await podman.once('--help')).to.contain('pvlan-agent [options] [command]');
    expect(await podman.once('run', '--help', '--all')).to.contain('PVLAN_AGENT_OVSDB');
  });

  it('has no shell, and a health check that needs none', async () => {
    expect(await podman.image('{{json .HealthCheck.Test}}')).to.contain('["CMD","node",');
    expect(await podman.image('{{json .Config.Entrypoint}}')).to.match(/^\["node","[^"]+\.mjs"\]$/);
    const shell = await podman
      .start(['run', '--rm', '--network', 'none', '--entrypoint', '/bin/sh', 'pvlan-agent', '-c', 'true'])
      .catch(String);
    expect(shell).to.match(/no such file or directory/);
  });

  it('isolates a port with no network, no capability and nothing to write to but its sockets', async () => {
    // The very words of the Dockerfile, but for what is another folder or name on this machine.
    const here = new Map([
      ['/run/openvswitch', host.rundir],
      ['/run/libvirt/network', folder('state/network')],
      ['/run/libvirt/qemu', folder('state/qemu')],
      ['/etc/libvirt/qemu', folder('config/qemu')],
      ['/etc/pvlan-agent', folder('settings')],
    ]);
    const words = (await printedWords()).map((word, index, all) => {
      if (all[index - 1] === '--name') return name;
      if (all[index - 1] !== '--volume') return word;
      const [source = '', ...rest] = word.split(':');
      expect(here.get(source), `where ${source} is here`).to.be.a('string');
      return [here.get(source), ...rest].join(':');
    });
    await podman.start(words);
    await host.plug({ name: 'alice', mac: '02:00:00:00:00:0a', portProfile: 'isolated-2102' });
    await installed('alice');
    expect(await host.vsctl('get', 'Port', 'alice', 'protected')).to.equal('true');
  });

  it('reaches no socket but those of Open vSwitch, and writes nowhere but beside its own', async () => {
    const sockets = [join(folder('state'), 'libvirt-sock'), join(folder('state'), 'virtqemud-sock')];
    const servers = await Promise.all(sockets.map((path) => listening(path)));
    closers.push(async () => {
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    });
    const { code, all } = await podman.exec(name, 'node', '-e', REACH);
    expect(code, all).to.equal(0);
    const found = JSON.parse(all) as { connected: string[]; written: string[]; abstract: string[] };
    expect(found.connected).to.include('/run/openvswitch/db.sock');
    for (const path of found.connected) expect(path).to.match(/^\/run\/(openvswitch|pvlan-agent)\//);
    // Every container has a /dev/shm to itself.
    expect(found.written).to.have.members(['/run/pvlan-agent', '/dev/shm']);
    expect(found.abstract).to.deep.equal([]);
  });

  it('learns a portgroup from a file that libvirt writes later, through a folder mounted read-only', async () => {
    const ifaceId = randomUUID();
    const vmId = randomUUID();
    const mac = '02:00:00:00:00:0c';
    const ports = join(folder('state'), 'network', 'lan', 'ports');
    await mkdir(ports, { recursive: true });
    const port = `<networkport>
  <uuid>${ifaceId}</uuid>
  <owner><name>carol</name><uuid>${vmId}</uuid></owner>
  <group>community-2102-web</group>
  <mac address='${mac}'/>
  <virtualport type='openvswitch'><parameters interfaceid='${ifaceId}'/></virtualport>
  <plug type='bridge' bridge='br0'/>
</networkport>`;
    // As libvirt replaces its files: a reader sees the whole of one or nothing.
    await writeFile(join(ports, `${ifaceId}.xml.new`), port);
    await rename(join(ports, `${ifaceId}.xml.new`), join(ports, `${ifaceId}.xml`));
    await host.plug({ name: 'carol', mac, ifaceId, vmId });
    const status = `<domstatus state='running' reason='booted' pid='1'>
  <libDir path='/var/lib/libvirt/qemu/domain-1-carol'/>
  <domain type='qemu' id='1'>
    <name>carol</name>
    <uuid>${vmId}</uuid>
    <devices>
      <interface type='network'>
        <mac address='${mac}'/>
        <source network='lan' portgroup='community-2102-web' portid='${ifaceId}'/>
        <virtualport type='openvswitch'><parameters interfaceid='${ifaceId}'/></virtualport>
      </interface>
    </devices>
  </domain>
</domstatus>`;
    await mkdir(join(folder('state'), 'qemu'), { recursive: true });
    await writeFile(join(folder('state'), 'qemu', 'carol.xml.new'), status);
    await rename(join(folder('state'), 'qemu', 'carol.xml.new'), join(folder('state'), 'qemu', 'carol.xml'));
    await installed('carol');
    expect(await host.vsctl('get', 'Interface', 'carol', 'external_ids:pvlan-community')).to.equal('web');
  });

  it('is healthy by its own check', async () => {
    await until('the health check to pass', () => podman.healthy(name), { interval: 200 });
  });

  it('stays healthy though a guest needs attention, which starting it again would not mend', async () => {
    const twin = await host.plug({ name: 'mallory', mac: '02:00:00:00:00:0a', portProfile: 'isolated-2102' });
    const alarmed = await until('the alarm', async () => {
      const status = await podman.agent(name, 'status');
      return status.code === 9 && status.all;
    });
    expect(alarmed).to.contain('mallory').and.to.contain('02:00:00:00:00:0a');
    expect(await podman.healthy(name)).to.equal(true);
    await twin.unplug();
  });

  it('is planned, verified and shown from inside of the container, as the documentation says', async () => {
    for (const command of ['plan', 'status', 'verify']) {
      const { code, all } = await podman.agent(name, command);
      expect(code, `${command}: ${all}`).to.equal(0);
    }
  });

  it('goes on after ovsdb-server was restarted, as the folder is mounted and not the socket', async () => {
    await host.killOvsdb();
    await host.startOvsdb();
    await host.plug({ name: 'bob', mac: '02:00:00:00:00:0b', portProfile: 'isolated-2102' });
    await installed('bob');
  });

  it('ends at once on SIGTERM, with code 0, and leaves the isolation in place', async () => {
    const before = performance.now();
    expect(await podman.stop(name)).to.equal(0);
    expect(performance.now() - before).to.be.below(5000);
    expect(await host.ofctl('dump-flows', 'br0')).to.contain('dl_src=02:00:00:00:00:0a');
    expect(await host.vsctl('get', 'Port', 'alice', 'trunks')).to.equal('[4095]');
  });
});

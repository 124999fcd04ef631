import { expect } from 'chai';
import { join } from 'node:path';
import { readdir } from 'node:fs/promises';
import { Guest } from '../../lab/guest.ts';
import { Lab } from '../../lab/lab.ts';
import { Prober } from '../../lab/probe.ts';
import { STANDARD_CLASSES } from '../../lab/frame-classes.ts';
import { networkXml, nicXml } from '../../lab/libvirt-xml.ts';
import { run } from '../../lab/run.ts';
import { runMatrix } from '../../lab/matrix.ts';
import type { Host } from '../../lab/host.ts';
import type { Upstream } from '../../lab/upstream.ts';

const ALICE = '52:54:00:00:00:0a';
const BOB = '52:54:00:00:00:0b';
const ALICE_ID = '8a1c7e0e-4a0b-4a51-9e57-0123456789ab';

/** The name of the port whose NIC has this MAC, or `undefined`. */
async function portOf(host: Host, mac: string): Promise<string | undefined> {
  const found = await host.vsctl('--bare', '--columns=name', 'find', 'Interface', `external_ids:attached-mac="${mac}"`);
  return found === '' ? undefined : found;
}

describe('guests under libvirt on two hypervisors', function () {
  this.timeout(120_000);
  let lab: Lab;
  let upstream: Upstream;
  let a: Host;
  let b: Host;
  let alice: Guest;
  let bob: Guest;

  before(async () => {
    lab = await Lab.create();
    a = await lab.host('a');
    b = await lab.host('b');
    upstream = await lab.upstream([a, b]);
    for (const host of [a, b]) {
      const libvirt = await host.startLibvirt();
      const portgroups = [{ name: 'plain' }, { name: 'parked', bornParked: true, profileId: 'isolated-2102' }];
      await libvirt.defineNetwork(networkXml('lan', { portgroups }));
    }
    const network = 'lan';
    alice = new Guest(a, {
      name: 'alice',
      nics: [{ network, portgroup: 'plain', mac: ALICE, interfaceId: ALICE_ID }],
      addresses: [['10.0.0.1/24']],
    });
    bob = new Guest(b, { name: 'bob', nics: [{ network, mac: BOB }], addresses: [['10.0.0.2/24']] });
    await Promise.all([alice.start(), bob.start()]);
  });

  after(async () => {
    await lab.close();
  });

  it('have a port row that says who they are', async () => {
    const port = await portOf(a, ALICE);
    expect(port).to.equal('vnet0');
    expect(await a.vsctl('get', 'Interface', 'vnet0', 'external_ids:iface-id')).to.equal(`"${ALICE_ID}"`);
    expect(await a.vsctl('get', 'Interface', 'vnet0', 'external_ids:vm-id')).to.equal(`"${alice.uuid}"`);
    expect(await a.vsctl('get', 'Interface', 'vnet0', 'external_ids:iface-status')).to.equal('active');
  });

  it('ping each other across the physical switch', async () => {
    const ping = await alice.run('ping -c 2 -W 2 10.0.0.2');
    expect(ping.code, ping.out).to.equal(0);
    expect(ping.out).to.include('2 packets received');
  });

  it('share the bridges with endpoints, whose probes still pass the fence', async () => {
    const carol = await a.plug({ name: 'carol', mac: '02:00:00:00:00:0c' });
    const dave = await b.plug({ name: 'dave', mac: '02:00:00:00:00:0d' });
    const ping = alice.run('ping -c 20 -i 0.02 -W 2 10.0.0.2');
    const result = await runMatrix(new Prober(lab.hosts), [carol, dave], STANDARD_CLASSES);
    expect(result.judge(() => true)).to.deep.equal({ forbidden: [], missing: [], duplicated: [] });
    expect((await ping).code).to.equal(0);
  });

  it('reach a physical router', async () => {
    const router = await upstream.router({ name: 'r', mac: '02:00:00:00:00:fe', addresses: ['10.0.0.254/24'] });
    expect((await bob.run('ping -c 1 -W 2 10.0.0.254')).code).to.equal(0);
    expect(await router.run('busybox', 'ping', '-c', '1', '-W', '2', '10.0.0.1')).to.include('1 packets received');
  });

  it('tell the code and the output of a command that fails', async () => {
    expect(await bob.run('echo "not there" >&2; false')).to.deep.equal({ code: 1, out: 'not there' });
  });

  it('interrupt a command that takes too long and run the next', async () => {
    const error: unknown = await bob.run('sleep 60', 200).catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'LAB_CONSOLE' });
    expect(await bob.run('echo on')).to.deep.equal({ code: 0, out: 'on' });
  });

  it('use VLANs', async () => {
    for (const [guest, address] of [[alice, '10.0.9.1/24'] as const, [bob, '10.0.9.2/24'] as const]) {
      await guest.run(`ip link add link eth0 name eth0.9 type vlan id 9; ip addr add ${address} dev eth0.9`);
      await guest.run('ip link set eth0.9 up');
    }
    expect((await bob.run('ping -c 1 -W 2 10.0.9.1')).code).to.equal(0);
  });

  it('get a hotplugged NIC, born parked when its portgroup says so', async () => {
    const mac = '52:54:00:00:01:0a';
    await alice.attachNic(nicXml({ network: 'lan', portgroup: 'parked', mac }));
    const port = (await portOf(a, mac))!;
    expect(await a.vsctl('get', 'Port', port, 'trunks')).to.equal('[4095]');
    expect(await a.vsctl('get', 'Interface', port, 'external_ids:port-profile')).to.equal('isolated-2102');
  });

  it('show in the state folder from outside', async () => {
    expect(await readdir(join(a.libvirt.stateDir, 'qemu'))).to.include('alice.xml');
    expect(await readdir(join(a.libvirt.stateDir, 'network', 'lan', 'ports'))).not.to.be.empty;
    expect(await readdir(join(a.libvirt.configDir, 'qemu'))).to.include('alice.xml');
    expect(await run('virsh', ['-r', '-c', a.libvirt.readOnlyUri, 'domstate', 'alice'])).to.include('running');
  });

  it('survive a restart of libvirtd', async () => {
    await a.libvirt.killLibvirtd('SIGKILL');
    expect((await alice.run('ping -c 1 -W 2 10.0.0.2')).code).to.equal(0);
    await a.libvirt.startDaemons();
    expect(await a.libvirt.virsh('list', '--name')).to.equal('alice');
  });

  it('migrate live to the other hypervisor', async () => {
    await bob.migrate(a);
    expect(await portOf(b, BOB)).to.equal(undefined);
    expect(await portOf(a, BOB)).to.be.a('string');
    expect((await bob.run('ping -c 1 -W 2 10.0.0.1')).code).to.equal(0);
  });

  it('leave no port row behind when destroyed', async () => {
    await alice.destroy();
    expect(await portOf(a, ALICE)).to.equal(undefined);
  });
});

import { expect } from 'chai';
import type { Guest } from '../../lab/guest.ts';
import type { Host } from '../../lab/host.ts';
import { until } from '../../lab/until.ts';
import { Hypervisor, NETWORK } from './hypervisor.ts';
import { flowsOf, findPort, installed, interfaceColumn, marks, portOf } from './ports.ts';
import { Wiretap } from './wiretap.ts';

const ALICE = '52:54:00:00:00:0a';
const BOB = '52:54:00:00:00:0b';
const ROUTER = '52:54:00:00:00:fe';

/** IPv6 needs a moment: an address is tentative until its duplicate detection is over. */
async function reaches(from: Guest, command: string): Promise<void> {
  await until(
    `${from.name}: ${command}`,
    async () => (await from.run(`${command} -c 1 -W 1`)).out.includes(' 1 packets received'),
    { timeout: 15_000 },
  );
}

describe('real guests on one hypervisor, whose portgroups only the files of libvirt tell', function () {
  this.timeout(120_000);
  let hypervisor: Hypervisor;
  let host: Host;
  let alice: Guest;
  let bob: Guest;
  let router: Guest;
  let tap: Wiretap;

  before(async () => {
    hypervisor = await Hypervisor.start([
      { name: 'isolated-2102', isDefault: true },
      { name: 'router', tag: 2102 },
    ]);
    host = hypervisor.host;
    const guest = (name: string, mac: string, number: number, portgroup?: string): Guest =>
      hypervisor.guest({
        name,
        nics: [{ network: NETWORK, mac, ...(portgroup === undefined ? {} : { portgroup }) }],
        addresses: [[`10.0.0.${number}/24`, `fd00::${number}/64`]],
        ipv6: true,
      });
    alice = guest('alice', ALICE, 1, 'isolated-2102');
    bob = guest('bob', BOB, 2);
    router = guest('router', ROUTER, 254, 'router');
    await Promise.all([alice.start(), bob.start(), router.start()]);
    await installed(host, ALICE, BOB, ROUTER);
    tap = await Wiretap.on(host, BOB, [ALICE, ROUTER]);
  });

  after(async () => {
    await hypervisor.close();
  });

  /** Runs commands in alice's shell and returns what of it came out of bob's port. */
  async function whatBobSees(...commands: string[]): Promise<string[]> {
    const sent = async (): Promise<number> =>
      Number((await alice.run('cat /sys/class/net/eth0/statistics/tx_packets')).out);
    for (const command of commands) {
      const before = await sent();
      await alice.run(command);
      expect(await sent(), `frames sent by ${command}`).to.be.greaterThan(before);
    }
    await tap.flush(router, ROUTER, '10.0.0.2');
    return tap.from(ALICE);
  }

  it('are marked with their role once their flows are in force', async () => {
    expect(await marks(host, ALICE)).to.equal('true isolated 2102');
    expect(await marks(host, ROUTER)).to.equal('true promiscuous 2102');
  });

  it("are isolated without naming a portgroup when it is the network's default", async () => {
    expect(await host.libvirt.virsh('dumpxml', 'bob')).not.to.include('portgroup');
    expect(await marks(host, BOB)).to.equal('true isolated 2102');
  });

  it('carry no profile that would have told the agent their portgroup', async () => {
    expect(await interfaceColumn(host, await portOf(host, ALICE), 'external_ids:port-profile')).to.equal('');
  });

  it('reach the router and are reached by it, with ARP and neighbour discovery as ever', async () => {
    for (const guest of [alice, bob]) {
      await reaches(guest, 'ping 10.0.0.254');
      await reaches(guest, 'ping6 fd00::254');
    }
    for (const address of ['10.0.0.1', '10.0.0.2']) await reaches(router, `ping ${address}`);
    for (const address of ['fd00::1', 'fd00::2']) await reaches(router, `ping6 ${address}`);
    expect((await router.run('ip neigh show 10.0.0.1')).out).to.match(new RegExp(`${ALICE}.*(REACHABLE|DELAY|STALE)`));
  });

  it('do not find each other', async () => {
    expect(await whatBobSees('ping -c 2 -W 1 10.0.0.2')).to.deep.equal([]);
    expect((await alice.run('ip neigh show 10.0.0.2')).out).not.to.include(BOB);
  });

  it('do not find each other over IPv6', async () => {
    expect(await whatBobSees('ping6 -c 1 -W 1 fd00::2', 'ping6 -c 1 -W 1 -I eth0 ff02::1')).to.deep.equal([]);
  });

  it('do not reach each other by static ARP entries', async () => {
    await bob.run(`arp -s 10.0.0.1 ${ALICE}`);
    await alice.run(`arp -s 10.0.0.2 ${BOB}`);
    expect(await whatBobSees('ping -c 2 -W 1 10.0.0.2')).to.deep.equal([]);
    expect((await alice.run('arp -n 10.0.0.2')).out).to.match(new RegExp(`${BOB}.* PERM`));
  });

  it('do not reach each other by broadcast', async () => {
    const seen = await whatBobSees(
      'ping -c 2 -W 1 10.0.0.255; ping -c 1 -W 1 -I eth0 255.255.255.255',
      'arping -c 2 -w 2 -b -I eth0 10.0.0.2',
    );
    expect(seen).to.deep.equal([]);
  });

  it('do not reach each other through a subinterface in the primary VLAN', async () => {
    for (const [guest, number, other, mac] of [[alice, 1, 2, BOB] as const, [bob, 2, 1, ALICE] as const]) {
      await guest.run('ip link add link eth0 name eth0.2102 type vlan id 2102');
      await guest.run(`ip addr add 10.0.9.${number}/24 dev eth0.2102; ip link set eth0.2102 up`);
      await guest.run(`arp -s 10.0.9.${other} ${mac} -i eth0.2102`);
    }
    expect(await whatBobSees('ping -c 2 -W 1 10.0.9.2')).to.deep.equal([]);
  });

  it('take their flows along when destroyed, and nothing of the others', async () => {
    const others = await flowsOf(host, { mac: BOB });
    const ofport = await interfaceColumn(host, await portOf(host, ALICE), 'ofport');
    expect(await flowsOf(host, { mac: ALICE, ofport })).not.to.be.empty;

    await alice.destroy();
    await until('the flows of alice to be gone', async () => {
      return (await flowsOf(host, { mac: ALICE, ofport })).length === 0;
    });
    expect(await findPort(host, ALICE)).to.equal(undefined);
    expect(await flowsOf(host, { mac: BOB })).to.deep.equal(others);
    await reaches(bob, 'ping 10.0.0.254');
    await reaches(router, 'ping 10.0.0.2');
  });
});

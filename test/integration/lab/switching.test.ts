import { expect } from 'chai';
import { Fence } from '../../lab/fence.ts';
import { BROADCAST, arpRequest, experimental, icmpEcho, tag } from '../../lab/frames.ts';
import { Lab } from '../../lab/lab.ts';
import { Prober } from '../../lab/probe.ts';
import { until } from '../../lab/until.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import type { Host } from '../../lab/host.ts';
import type { Upstream } from '../../lab/upstream.ts';

const ALICE = '02:00:00:00:00:0a';
const BOB = '02:00:00:00:00:0b';
const CAROL = '02:00:00:00:00:0c';

describe('a lab with two hypervisors and a physical switch', function () {
  this.timeout(60_000);
  let lab: Lab;
  let upstream: Upstream;
  let a: Host;
  let b: Host;
  let alice: Endpoint;
  let bob: Endpoint;
  let carol: Endpoint;

  before(async () => {
    lab = await Lab.create();
    a = await lab.host('a');
    b = await lab.host('b');
    upstream = await lab.upstream([a, b]);
    alice = await a.plug({ name: 'alice', mac: ALICE });
    bob = await a.plug({ name: 'bob', mac: BOB });
    carol = await b.plug({ name: 'carol', mac: CAROL });
  });

  after(async () => {
    await lab.close();
  });

  it('delivers a frame between two endpoints on one bridge with its tags intact', async () => {
    const frame = tag(tag(experimental(BOB, ALICE), 30, 2), 20, 5);
    const deliveries = await new Prober(lab.hosts).send([{ from: alice, frame }]);
    const toBob = deliveries.find(({ receiver }) => receiver === bob);
    expect(toBob?.times).to.equal(1);
    expect(toBob?.tags).to.deep.equal([
      { tpid: 0x8100, vid: 20, pcp: 5 },
      { tpid: 0x8100, vid: 30, pcp: 2 },
    ]);
  });

  it('delivers a broadcast across the physical switch, once to each', async () => {
    const frame = arpRequest({ src: ALICE, senderIp: '10.0.0.1', targetIp: '10.0.0.3' });
    const deliveries = await new Prober(lab.hosts).send([{ from: alice, frame }]);
    expect(deliveries.map(({ receiver, times }) => [receiver.name, times])).to.have.deep.members([
      ['bob', 1],
      ['carol', 1],
    ]);
  });

  it('keeps a tag across the physical switch', async () => {
    const path = { src: ALICE, dst: BROADCAST, srcIp: '10.0.0.1', dstIp: '10.0.0.3' };
    const deliveries = await new Prober(lab.hosts).send([{ from: alice, frame: tag(icmpEcho(path), 7) }]);
    const toCarol = deliveries.find(({ receiver }) => receiver === carol);
    expect(toCarol?.tags).to.deep.equal([{ tpid: 0x8100, vid: 7, pcp: 0 }]);
  });

  it('misses no delivery in 200 rounds', async () => {
    const prober = new Prober(lab.hosts);
    for (let round = 0; round < 200; round++) {
      const probes = [alice, bob, carol].map((from) => ({ from, frame: experimental(BROADCAST, from.mac) }));
      const deliveries = await prober.send(probes);
      expect(deliveries, `round ${round}`).to.have.length(6);
      expect(deliveries.every(({ times }) => times === 1)).to.equal(true);
    }
  });

  it('reports frames that got lost on the way instead of taking them for dropped', async () => {
    const fence = new Fence(lab.hosts);
    await fence.settle();
    process.kill(b.vswitchdPid, 'SIGSTOP');
    try {
      const others = lab.hosts.filter((host) => host !== b);
      const near = new Fence(others);
      await near.settle();
      // The packet socket of the stopped ovs-vswitchd has room for a fraction of these.
      for (let count = 0; count < 1000; count++) await alice.send(experimental(BROADCAST, ALICE));
      await near.pass();
    } finally {
      process.kill(b.vswitchdPid, 'SIGCONT');
    }
    const error: unknown = await fence.pass(500).catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'LAB_FENCE' });
    expect(error)
      .to.have.property('message')
      .that.matches(/b: \d+ entered, \d+ left/);
  });

  it('has nothing left of a lost frame to trouble the next batch', async () => {
    const deliveries = await new Prober(lab.hosts).send([{ from: alice, frame: experimental(CAROL, ALICE) }]);
    expect(deliveries.some(({ receiver }) => receiver === carol)).to.equal(true);
  });

  it('gives endpoints an ofport, and takes the port away when one is unplugged', async () => {
    const dave = await b.plug({ name: 'dave', mac: '02:00:00:00:00:0d', portColumns: { protected: 'true' } });
    expect(await dave.ofport()).to.be.greaterThan(0);
    expect(await b.vsctl('get', 'Port', 'dave', 'protected')).to.equal('true');
    await dave.unplug();
    expect(await b.vsctl('list-ports', 'br0')).not.to.include('dave');
    const again = await b.plug({ name: 'dave', mac: dave.mac });
    const deliveries = await new Prober(lab.hosts).send([{ from: alice, frame: experimental(dave.mac, ALICE) }]);
    expect(deliveries.some(({ receiver }) => receiver === again)).to.equal(true);
    await again.unplug();
  });

  it('takes a port plugged in while ovs-vswitchd is dead into service when it starts', async () => {
    await b.killVswitchd();
    const erin = await b.plug({ name: 'erin', mac: '02:00:00:00:00:0e', wait: false });
    await b.startVswitchd();
    const deliveries = await new Prober(lab.hosts).send([{ from: erin, frame: experimental(BROADCAST, erin.mac) }]);
    expect(deliveries.map(({ receiver }) => receiver.name)).to.have.members(['alice', 'bob', 'carol']);
    await erin.unplug();
  });

  it('keeps its database while ovsdb-server is killed and started, and forwards again', async () => {
    await a.killOvsdb();
    await a.startOvsdb();
    expect((await a.vsctl('list-ports', 'br0')).split('\n')).to.have.members(['alice', 'bob', 'up0']);
    const deliveries = await new Prober(lab.hosts).send([{ from: alice, frame: experimental(CAROL, ALICE) }]);
    expect(deliveries.some(({ receiver }) => receiver === carol)).to.equal(true);
  });

  it('has a physical router that answers ARP', async () => {
    const mac = '02:00:00:00:00:fe';
    await upstream.router({ name: 'router', mac, addresses: ['10.0.0.254/24'] });
    alice.clear();
    await alice.send(arpRequest({ src: ALICE, senderIp: '10.0.0.1', targetIp: '10.0.0.254' }));
    const reply = await until('the answer', () => alice.received.find(({ src }) => src === mac));
    expect(reply.dst).to.equal(ALICE);
  });

  it('finds its endpoints connected after ovs-vswitchd was killed and started', async () => {
    await a.killVswitchd();
    await a.startVswitchd();
    const frame = experimental(BROADCAST, CAROL);
    const deliveries = await new Prober(lab.hosts).send([{ from: carol, frame }]);
    expect(deliveries.map(({ receiver }) => receiver.name)).to.have.members(['alice', 'bob']);
  });
});

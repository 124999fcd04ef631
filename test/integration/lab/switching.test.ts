import { expect } from 'chai';
import { BROADCAST, arpRequest, experimental, icmpEcho, tag } from '../../lab/frames.ts';
import { Lab } from '../../lab/lab.ts';
import { Prober } from '../../lab/probe.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import type { Host } from '../../lab/host.ts';

const ALICE = '02:00:00:00:00:0a';
const BOB = '02:00:00:00:00:0b';
const CAROL = '02:00:00:00:00:0c';

describe('a lab with two hypervisors and a physical switch', function () {
  this.timeout(60_000);
  let lab: Lab;
  let a: Host;
  let b: Host;
  let alice: Endpoint;
  let bob: Endpoint;
  let carol: Endpoint;

  before(async () => {
    lab = await Lab.create();
    a = await lab.host('a');
    b = await lab.host('b');
    await lab.upstream([a, b]);
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

  it('finds its endpoints connected after ovs-vswitchd was killed and started', async () => {
    await a.killVswitchd();
    await a.startVswitchd();
    const frame = experimental(BROADCAST, CAROL);
    const deliveries = await new Prober(lab.hosts).send([{ from: carol, frame }]);
    expect(deliveries.map(({ receiver }) => receiver.name)).to.have.members(['alice', 'bob']);
  });
});

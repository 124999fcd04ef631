import { expect } from 'chai';
import { macAddress } from '../../../src/pvlan/mac.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { BROADCAST, experimental, tag } from '../../lab/frames.ts';
import { Lab } from '../../lab/lab.ts';
import { Prober, type Probe } from '../../lab/probe.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';

const NESTED_MAC = '02:00:00:00:00:0a';

describe('a guest outside that takes the address of a guest on another host', function () {
  this.timeout(60_000);
  let lab: Lab;
  const agents: AgentOn[] = [];
  let victim: Endpoint;
  let thief: Endpoint;
  let nested: Endpoint;
  let router: Endpoint;
  let localRouter: Endpoint;
  let prober: Prober;

  before(async () => {
    lab = await Lab.create();
    const [a, b] = [await lab.host('a'), await lab.host('b')];
    const upstream = await lab.upstream([a, b]);
    victim = await b.plug({ name: 'b1', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' });
    localRouter = await b.plug({ name: 'rb', mac: '02:00:00:00:00:02', portProfile: 'promisc-2102' });
    thief = await a.plug({ name: 'thief', mac: '02:00:00:00:00:03' });
    nested = await a.plug({ name: 'nested', mac: NESTED_MAC });
    router = await upstream.plug({ name: 'router', mac: ROUTER_MAC, tag: 2102 });
    const facts = { addresses: undefined, extraMacs: [], nested: true };
    const guests = new Map([[macAddress(NESTED_MAC)!, facts]]);
    for (const host of [a, b]) agents.push(await AgentOn.start(host, { config: { pvlans: [PVLAN_2102], guests } }));
    await agents[0]!.reached('released', 'thief', 'nested');
    await agents[1]!.reached('installed', 'b1', 'rb');
    prober = new Prober(lab.hosts, { chunk: 1 });
  });

  after(async () => {
    for (const agent of agents) await agent.stop();
    await lab.close();
  });

  /** Frames with the victim's address, from `from` behind `tags`, a router's frame to the victim after each. */
  function siege(from: Endpoint, tags: readonly number[]): readonly Probe[] {
    const forged = tags.reduceRight((frame, vid) => tag(frame, vid), experimental(BROADCAST, victim.mac));
    // The switches know where it is, as they do of whoever talks.
    const known = { from: victim, frame: experimental(ROUTER_MAC, victim.mac), label: 'own' };
    const rounds = Array.from({ length: 20 }, (): readonly Probe[] => [
      { from, frame: forged, label: 'forged' },
      { from: router, frame: experimental(victim.mac, ROUTER_MAC), label: 'honest' },
    ]);
    return [known, ...rounds.flat()];
  }

  for (const [how, tags] of [
    ['in the primary VLAN', [2102]],
    ['behind a priority tag', [0, 2102]],
  ] as const) {
    it(`gets none of its frames ${how}, and speaks to no router as it`, async () => {
      const deliveries = await prober.send(siege(thief, tags));
      const got = (who: Endpoint, label: string): number =>
        deliveries.filter(({ receiver, probe }) => receiver === who && probe.label === label).length;
      expect({ thief: got(thief, 'honest'), victim: got(victim, 'honest') }).to.deep.equal({ thief: 0, victim: 20 });
      expect([router, localRouter, nested].map((who) => got(who, 'forged'))).to.deep.equal([0, 0, 0]);
    });
  }

  it('is heard under an address of its own, and further ones that the operator lists', async () => {
    const frames = [thief.mac, '02:00:00:00:00:77'].map((mac) => tag(experimental(BROADCAST, mac), 2102));
    const deliveries = await prober.send(frames.map((frame) => ({ from: thief, frame })));
    const heard = deliveries
      .filter(({ receiver }) => receiver === router)
      .map(({ probe }) => frames.indexOf(probe.frame));
    expect(heard).to.deep.equal([0]);
  });

  it('may use any address that is nobody’s here where the operator says that it is nested, but not on the host of its owner', async () => {
    const frames = ['02:00:00:00:00:77', victim.mac].map((mac) => tag(experimental(BROADCAST, mac), 2102));
    const deliveries = await prober.send(frames.map((frame) => ({ from: nested, frame })));
    const heardBy = (who: Endpoint): number[] =>
      deliveries.filter(({ receiver }) => receiver === who).map(({ probe }) => frames.indexOf(probe.frame));
    expect({ router: heardBy(router), localRouter: heardBy(localRouter), victim: heardBy(victim) }).to.deep.equal({
      router: [0, 1],
      localRouter: [0],
      victim: [],
    });
  });
});

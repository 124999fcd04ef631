import type { Endpoint } from '../../lab/endpoint.ts';
import { BROADCAST, experimental, lldp, tag } from '../../lab/frames.ts';
import type { FrameClass } from '../../lab/frame-classes.ts';
import { Lab } from '../../lab/lab.ts';
import { Prober } from '../../lab/probe.ts';
import { macAddress } from '../../../src/pvlan/mac.ts';
import { vlanId } from '../../../src/pvlan/vlan-id.ts';
import { expect } from 'chai';
import { AgentOn } from '../../support/agent-on.ts';
import { offences, PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';

const OTHER_ROUTER = '02:00:00:00:ff:02';
const GUEST_MAC = '02:00:00:00:00:01';

/** A frame of the trunk's from `mac`; everybody else says what ends at the next bridge. */
function fromTrunk(name: string, mac: (from: Endpoint) => string, tags: readonly number[]): readonly FrameClass[] {
  const build = (from: Endpoint, to: string): Buffer =>
    from.name === 'trunk'
      ? tags.reduceRight((frame, vid) => tag(frame, vid), experimental(to, mac(from)))
      : lldp(from.mac);
  return [
    { name: `${name}, unicast`, to: 'one', build: (from, to) => build(from, to.mac) },
    { name: `${name}, broadcast`, to: 'all', build: (from) => build(from, BROADCAST) },
  ];
}

describe('a trunk outside every Private VLAN on the bridge', function () {
  this.timeout(60_000);
  let lab: Lab;
  let agent: AgentOn;
  let endpoints: Endpoint[];

  before(async () => {
    lab = await Lab.create();
    const host = await lab.host('a');
    const upstream = await lab.upstream([host]);
    endpoints = [
      await host.plug({ name: 'g1', mac: GUEST_MAC, portProfile: 'isolated-2102' }),
      await host.plug({ name: 'g2', mac: '02:00:00:00:00:02', portProfile: 'isolated-2102' }),
      await host.plug({ name: 'trunk', mac: '02:00:00:00:00:03' }),
      await upstream.plug({ name: 'router', mac: ROUTER_MAC, tag: 2102 }),
    ];
    agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
    await agent.reached('installed', 'g1', 'g2');
  });

  after(async () => {
    await agent.stop();
    await lab.close();
  });

  for (const [how, tags] of [
    ['in the primary VLAN', [2102]],
    ['behind a priority tag', [0, 2102]],
    ['behind two priority tags', [0, 0, 2102]],
    ['without a tag', []],
  ] as const) {
    it(`cannot speak for a guest or a router ${how}`, async () => {
      const asGuest = fromTrunk("the guest's address", () => GUEST_MAC, tags);
      const asRouter = fromTrunk("the router's address", () => ROUTER_MAC, tags);
      expect(await offences(lab, endpoints, () => false, [...asGuest, ...asRouter])).to.equal('');
    });
  }

  it('is heard by the router alone under an address of its own', async () => {
    const own = fromTrunk('its own address', ({ mac }) => mac, [2102]);
    const heard = await offences(lab, endpoints, (from, to) => from.name === 'trunk' && to.name === 'router', own);
    expect(heard).to.equal('');
  });
});

describe('a trunk outside, on a host whose uplink carries a Private VLAN without a tag', function () {
  this.timeout(60_000);
  let lab: Lab;
  const agents: AgentOn[] = [];
  let trunk: Endpoint;

  before(async () => {
    lab = await Lab.create();
    const hosts = [await lab.host('a'), await lab.host('b')];
    const upstream = await lab.upstream(hosts);
    await upstream.host.vsctl('set', 'Port', 'to-a', 'vlan_mode=native-untagged', 'tag=2102');
    await hosts[0]!.vsctl('set', 'Port', 'up0', 'vlan_mode=native-untagged', 'tag=2102');
    trunk = await hosts[0]!.plug({ name: 'trunk', mac: '02:00:00:00:00:03' });
    await hosts[1]!.plug({ name: 'b1', mac: GUEST_MAC, portProfile: 'isolated-7' });
    const other = { ...PVLAN_2102, primary: vlanId(7)!, promiscuousMacs: [macAddress(OTHER_ROUTER)!] };
    for (const host of hosts) agents.push(await AgentOn.start(host, { config: { pvlans: [PVLAN_2102, other] } }));
    await agents[0]!.reached('released', 'trunk');
    await agents[1]!.reached('installed', 'b1');
  });

  after(async () => {
    for (const agent of agents) await agent.stop();
    await lab.close();
  });

  it('cannot speak for a router of another Private VLAN behind the tag of that one', async () => {
    const frame = tag(tag(experimental(BROADCAST, OTHER_ROUTER), 7), 2102);
    const deliveries = await new Prober(lab.hosts).send([{ from: trunk, frame }]);
    expect(deliveries.map(({ receiver }) => receiver.name)).to.deep.equal([]);
  });
});

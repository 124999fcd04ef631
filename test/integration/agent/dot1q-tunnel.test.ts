import { expect } from 'chai';
import type { PrivateVlan } from '../../../src/pvlan/policy.ts';
import { vlanId } from '../../../src/pvlan/vlan-id.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { BROADCAST, experimental, tag } from '../../lab/frames.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { Prober } from '../../lab/probe.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';

const SECONDARY: PrivateVlan = {
  ...PVLAN_2102,
  wire: { kind: 'secondary', isolated: vlanId(2103)!, communities: new Map() },
};

/** Inner tags that a customer may put on: none, any, the primary's own, a priority. */
const INNER: readonly (readonly number[])[] = [[], [5], [2102], [2103], [0, 5], [0, 2102]];

describe('a dot1q-tunnel port', function () {
  this.timeout(60_000);
  let lab: Lab;
  let prober: Prober;
  const hosts: Host[] = [];
  let upstreamRouter: Endpoint;
  let agents: AgentOn[] = [];

  before(async () => {
    lab = await Lab.create();
    hosts.push(await lab.host('a'), await lab.host('b'));
    const upstream = await lab.upstream(hosts);
    upstreamRouter = await upstream.plug({ name: 'router', mac: ROUTER_MAC, tag: 2102 });
    prober = new Prober(lab.hosts);
  });

  afterEach(async () => {
    for (const agent of agents) await agent.stop();
    agents = [];
    for (const host of hosts) {
      for (const endpoint of [...host.endpoints]) await endpoint.unplug();
      await host.appctl('fdb/flush');
    }
  });

  after(async () => {
    await lab.close();
  });

  function tunnel(host: Host, name: string, vlan: number, more: Record<string, string> = {}): Promise<Endpoint> {
    const portColumns = { vlan_mode: 'dot1q-tunnel', ...more };
    return host.plug({ name, mac: '02:00:00:00:00:0d', tag: vlan, portColumns });
  }

  async function start(pvlan: PrivateVlan): Promise<void> {
    for (const host of hosts) agents.push(await AgentOn.start(host, { config: { pvlans: [pvlan] } }));
  }

  /** Who got which of the frames that `from` sends from `source` with each list of tags in `inner`. */
  async function heard(from: Endpoint, source: string, inner = INNER): Promise<Record<string, string[]>> {
    const probes = inner.map((tags) => ({
      from,
      frame: tags.reduceRight((frame, vid) => tag(frame, vid), experimental(BROADCAST, source)),
      label: tags.join('+') || 'none',
    }));
    const result: Record<string, string[]> = {};
    for (const { receiver, probe } of await prober.send(probes)) {
      result[receiver.name] = [...(result[receiver.name] ?? []), probe.label ?? ''];
    }
    return result;
  }

  for (const [mode, pvlan, more] of [
    ['single mode', PVLAN_2102, {}],
    ['single mode, of chosen customer VLANs', PVLAN_2102, { cvlans: '0,5,2102' }],
    ['secondary mode', SECONDARY, {}],
  ] as const) {
    it(`of a guest outside in the primary VLAN cannot speak for a router or a guest, whatever its own tag (${mode})`, async () => {
      const [a, b] = hosts;
      const guest = await a!.plug({ name: 'a1', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' });
      await b!.plug({ name: 'b1', mac: '02:00:00:00:00:02', portProfile: 'isolated-2102' });
      await b!.plug({ name: 'rb', mac: '02:00:00:00:00:03', portProfile: 'promisc-2102' });
      const customer = await tunnel(a!, 'customer', 2102, more);
      await start(pvlan);
      await agents[0]!.reached('installed', 'a1');
      await agents[1]!.reached('installed', 'b1', 'rb');
      await agents[0]!.reached('released', 'customer');
      expect(await heard(customer, ROUTER_MAC)).to.deep.equal({});
      expect(await heard(customer, guest.mac)).to.deep.equal({});
      const own = await heard(customer, customer.mac, [[]]);
      expect(own).to.deep.equal(pvlan === SECONDARY ? {} : { router: ['none'], rb: ['none'] });
    });
  }

  it('of a guest outside is closed in a secondary VLAN, as an access port is', async () => {
    const customer = await tunnel(hosts[0]!, 'customer', 2103);
    await start(SECONDARY);
    await agents[0]!.reached('quarantined', 'customer');
    expect(await heard(customer, ROUTER_MAC)).to.deep.equal({});
  });

  it('in another VLAN carries any tag inside, those of a Private VLAN included, from any source', async () => {
    const [a, b] = hosts;
    const here = await tunnel(a!, 'here', 30);
    const there = await b!.plug({
      name: 'there',
      mac: '02:00:00:00:00:0e',
      tag: 30,
      portColumns: { vlan_mode: 'dot1q-tunnel' },
    });
    await b!.plug({ name: 'b1', mac: '02:00:00:00:00:02', portProfile: 'isolated-2102' });
    await start(SECONDARY);
    await agents[0]!.reached('released', 'here');
    await agents[1]!.reached('installed', 'b1');
    expect(await heard(here, ROUTER_MAC, [[], [5], [2102], [2103]])).to.deep.equal({
      there: ['none', '5', '2102', '2103'],
    });
    expect(there.bridge).to.equal('br0');
  });

  it('of a router reaches guests untagged, and routers alone with a tag of its own', async () => {
    const [a] = hosts;
    await a!.plug({ name: 'a1', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' });
    const router = await a!.plug({
      name: 'ra',
      mac: '02:00:00:00:00:04',
      tag: 2102,
      portProfile: 'promisc-2102',
      portColumns: { vlan_mode: 'dot1q-tunnel' },
    });
    await start(PVLAN_2102);
    await agents[0]!.reached('installed', 'a1', 'ra');
    expect(await heard(router, router.mac, [[], [5], [2102]])).to.deep.equal({
      a1: ['none'],
      router: ['none', '5', '2102'],
    });
    expect(upstreamRouter.mac).to.equal(ROUTER_MAC);
  });
});

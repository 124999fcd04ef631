import { expect } from 'chai';
import type { Endpoint } from '../../lab/endpoint.ts';
import { BROADCAST, experimental, tag } from '../../lab/frames.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { layCable } from '../../lab/netns.ts';
import { Prober } from '../../lab/probe.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { offences } from '../../support/duo.ts';

const LOCAL_ROUTER = '02:00:00:00:00:09';
const GUESTS = ['guest', 'distant'];

/** Joins two bridges of a host inside Open vSwitch. */
async function patch(host: Host, one: string, other: string): Promise<void> {
  for (const [bridge, peer] of [
    [one, other],
    [other, one],
  ] as const) {
    const name = `${bridge}-${peer}`;
    const options = ['type=patch', `options:peer=${peer}-${bridge}`];
    await host.vsctl('--', 'add-port', bridge, name, '--', 'set', 'Interface', name, ...options);
  }
}

/** Joins two bridges of a host by a cable: what comes out of one is read anew by the other. */
async function cable(host: Host, one: string, other: string): Promise<void> {
  const ends = [`${one}-${other}`, `${other}-${one}`] as const;
  await layCable({ netns: host.netns, name: ends[0] }, { netns: host.netns, name: ends[1] });
  await host.addDevice(one, ends[0]);
  await host.addDevice(other, ends[1]);
}

describe('the address of a router that is plugged in on the host, and not configured', function () {
  this.timeout(60_000);
  let lab: Lab;
  let hosts: readonly [Host, Host];
  let agents: readonly AgentOn[];
  let inside: readonly Endpoint[];
  let endpoints: Record<'guest' | 'router' | 'distant' | 'there' | 'aside' | 'watch', Endpoint>;

  before(async () => {
    lab = await Lab.create();
    hosts = [await lab.host('a'), await lab.host('b')];
    const [here, elsewhere] = hosts;
    await lab.upstream(hosts);
    for (const bridge of ['br1', 'br2']) await here.addBridge(bridge);
    await patch(here, 'br0', 'br1');
    await cable(here, 'br0', 'br2');
    endpoints = {
      guest: await here.plug({ name: 'guest', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' }),
      router: await here.plug({ name: 'router', mac: LOCAL_ROUTER, portProfile: 'promisc-2102' }),
      there: await elsewhere.plug({ name: 'there', mac: '02:00:00:00:00:03' }),
      aside: await here.plug({ name: 'aside', bridge: 'br1', mac: '02:00:00:00:00:04' }),
      watch: await here.plug({ name: 'watch', bridge: 'br1', mac: '02:00:00:00:00:05' }),
      distant: await here.plug({
        name: 'distant',
        bridge: 'br2',
        mac: '02:00:00:00:00:06',
        portProfile: 'isolated-2102',
      }),
    };
    inside = [endpoints.guest, endpoints.router, endpoints.distant];
    agents = await Promise.all(hosts.map((host) => AgentOn.start(host)));
    await agents[0]?.reached('installed', 'guest', 'router', 'distant');
  });

  after(async () => {
    for (const agent of agents) await agent.stop();
    await lab.close();
  });

  /** Whom frames reach that `from` sends under the router's address to the guest, the router and everybody. */
  const reached = async (from: Endpoint, tags: readonly number[]): Promise<readonly string[]> => {
    const frames = [...inside.map(({ mac }) => mac), BROADCAST].map((dst) =>
      tags.reduceRight((frame, vid) => tag(frame, vid), experimental(dst, LOCAL_ROUTER)),
    );
    const probes = frames.map((frame) => ({ from, frame }));
    const deliveries = await new Prober(lab.hosts).send(probes);
    return [...new Set(deliveries.map(({ receiver }) => receiver.name))];
  };

  for (const [how, tags] of [
    ['in the primary VLAN', [2102]],
    ['behind a priority tag', [0, 2102]],
    // Each switch on the way takes one off.
    ['behind a priority tag that arrives', [0, 0, 0, 2102]],
  ] as const) {
    it(`is not believed of a trunk on a host that knows nothing of the Private VLAN, ${how}`, async () => {
      expect(await reached(endpoints.there, tags)).not.to.include.oneOf(GUESTS);
      expect(await offences(lab, inside), 'guests still find the router').to.equal('');
    });

    it(`is refused to a trunk on another bridge of the host, ${how}`, async () => {
      expect(await reached(endpoints.aside, tags)).to.deep.equal([]);
      expect(await offences(lab, inside), 'guests still find the router').to.equal('');
    });
  }

  it('is not believed of a guest on another host that has the same address by its portgroup', async () => {
    const twin = await hosts[1].plug({ name: 'twin', mac: LOCAL_ROUTER, portProfile: 'isolated-2102' });
    await agents[1]?.reached('installed', 'twin');
    expect(await reached(twin, [])).not.to.include.oneOf(GUESTS);
    expect(await offences(lab, inside), 'guests still find the router').to.equal('');
    await twin.unplug();
  });
});

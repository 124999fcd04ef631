import { expect } from 'chai';
import type { PrivateVlan } from '../../../src/pvlan/policy.ts';
import { vlanId } from '../../../src/pvlan/vlan-id.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { STANDARD_CLASSES, tagged } from '../../lab/frame-classes.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { runMatrix } from '../../lab/matrix.ts';
import { Prober } from '../../lab/probe.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { offences, PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';

const ISOLATED = 2103;
const WEB = 2104;
const DB = 2105;

const SECONDARY: PrivateVlan = {
  ...PVLAN_2102,
  promiscuousMacs: [],
  wire: {
    kind: 'secondary',
    isolated: vlanId(ISOLATED),
    communities: new Map([
      ['web', vlanId(WEB)!],
      ['db', vlanId(DB)!],
    ]),
  },
};

describe('a Private VLAN with secondary VLANs, two hypervisors and a switch that knows Private VLANs', function () {
  this.timeout(120_000);
  let lab: Lab;
  let agents: AgentOn[];
  const endpoints: Endpoint[] = [];
  const communities = new Map<Endpoint, string>();

  before(async () => {
    lab = await Lab.create();
    const hosts: Host[] = [await lab.host('a'), await lab.host('b')];
    const upstream = await lab.upstream(hosts);
    agents = await Promise.all(hosts.map((host) => AgentOn.start(host, { config: { pvlans: [SECONDARY] } })));
    const plug = async (host: Host, name: string, number: number, portProfile: string): Promise<Endpoint> => {
      const endpoint = await host.plug({ name, mac: `02:00:00:00:0${host.name}:0${number}`, portProfile });
      endpoints.push(endpoint);
      return endpoint;
    };
    for (const host of hosts) {
      for (const number of [1, 2]) await plug(host, `${host.name}i${number}`, number, 'isolated-2102');
      for (const number of [3, 4])
        communities.set(await plug(host, `${host.name}w${number}`, number, 'community-2102-web'), 'web');
      communities.set(await plug(host, `${host.name}d5`, 5, 'community-2102-db'), 'db');
      await plug(host, `router${host.name}`, 6, 'promisc-2102');
    }
    const trunk = await hosts[0]!.plug({
      name: 'routert',
      mac: '02:00:00:00:0a:07',
      portProfile: 'promisc-2102',
      trunks: [2102],
    });
    const svi = await upstream.plug({ name: 'routersvi', mac: ROUTER_MAC, tag: 2102 });
    endpoints.push(svi);
    // The switch associates the secondary VLANs with the primary: what arrives in them also reaches its promiscuous port.
    for (const vlan of [ISOLATED, WEB, DB]) {
      await upstream.host.ofctl(
        'add-flow',
        'sw0',
        `priority=10,dl_vlan=${vlan},actions=NORMAL,strip_vlan,output:${await svi.ofport()}`,
      );
      await upstream.host.ofctl(
        'add-flow',
        'sw0',
        `priority=20,dl_vlan=${vlan},dl_dst=${ROUTER_MAC},actions=strip_vlan,output:${await svi.ofport()}`,
      );
    }
    for (const [index, agent] of agents.entries()) {
      const host = hosts[index]!.name;
      await agent.reached(
        'installed',
        ...['i1', 'i2', 'w3', 'w4', 'd5'].map((name) => `${host}${name}`),
        `router${host}`,
      );
      await until('the agent to settle', () => agent.agent.status().settled);
    }
    await agents[0]!.reached('installed', 'routert');
    trunks.push(trunk);
  });
  const trunks: Endpoint[] = [];

  after(async () => {
    for (const agent of agents) await agent.stop();
    await lab.close();
  });

  const policy = (from: Endpoint, to: Endpoint): boolean =>
    from.name.startsWith('router') ||
    to.name.startsWith('router') ||
    (communities.get(from) !== undefined && communities.get(from) === communities.get(to));

  it('lets every role reach whom it may, here and there, once, and nobody else', async () => {
    expect(await offences(lab, endpoints, policy)).to.equal('');
  });

  it('reaches a router on a trunk, tagged with the primary VLAN', async () => {
    const result = await runMatrix(new Prober(lab.hosts), [...endpoints, ...trunks], STANDARD_CLASSES.slice(0, 3));
    const toTrunk = result.cells.filter((cell) => cell.to === trunks[0]);
    expect(
      toTrunk.every((cell) => cell.times === 1 && cell.tags.length === 1 && cell.tags[0]?.vid === 2102),
      result.text(),
    ).to.equal(true);
    const [router] = trunks;
    const fromTrunk = await runMatrix(
      new Prober(lab.hosts),
      [...endpoints, router!],
      tagged(STANDARD_CLASSES.slice(0, 3), 2102),
    );
    const seen = fromTrunk.cells.filter((cell) => cell.from === router);
    expect(
      seen.every((cell) => cell.times === 1 && cell.tags.length === 0),
      fromTrunk.text(),
    ).to.equal(true);
  });

  it('drops frames that guests tag with a secondary VLAN', async () => {
    const guests = endpoints.filter((endpoint) => !endpoint.name.startsWith('router'));
    for (const vlan of [ISOLATED, WEB, DB]) {
      const result = await runMatrix(new Prober(lab.hosts), guests, tagged(STANDARD_CLASSES.slice(0, 4), vlan));
      expect(result.judge(() => false).forbidden, result.text()).to.be.empty;
    }
  });
});

import { expect } from 'chai';
import type { Endpoint } from '../../lab/endpoint.ts';
import { STANDARD_CLASSES, tagged } from '../../lab/frame-classes.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { runMatrix } from '../../lab/matrix.ts';
import { Prober } from '../../lab/probe.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { offences, PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';

describe('a Private VLAN over two hypervisors', function () {
  this.timeout(120_000);
  let lab: Lab;
  let hosts: Host[];
  let agents: AgentOn[];
  const endpoints: Endpoint[] = [];

  before(async () => {
    lab = await Lab.create();
    hosts = [await lab.host('a'), await lab.host('b')];
    const upstream = await lab.upstream(hosts);
    agents = await Promise.all(hosts.map((host) => AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } })));
    for (const host of hosts) {
      for (const number of [1, 2]) {
        const name = `${host.name}${number}`;
        endpoints.push(
          await host.plug({ name, mac: `02:00:00:00:0${host.name}:0${number}`, portProfile: 'isolated-2102' }),
        );
      }
    }
    endpoints.push(await upstream.plug({ name: 'router', mac: ROUTER_MAC, tag: 2102 }));
    await agents[0]!.reached('installed', 'a1', 'a2');
    await agents[1]!.reached('installed', 'b1', 'b2');
  });

  after(async () => {
    for (const agent of agents) await agent.stop();
    await lab.close();
  });

  const permitted = (from: Endpoint, to: Endpoint): boolean => from.name === 'router' || to.name === 'router';

  it('lets isolated guests reach the router and nobody else, whatever they send', async () => {
    const result = await runMatrix(new Prober(lab.hosts), endpoints, STANDARD_CLASSES);
    const verdict = result.judge(permitted);
    expect(verdict.forbidden, result.text({ policy: permitted })).to.be.empty;
    expect(verdict.missing, result.text({ policy: permitted })).to.be.empty;
    expect(verdict.duplicated).to.be.empty;
  });

  it('does the same where the bridges snoop multicast', async () => {
    for (const host of hosts) await host.vsctl('set', 'Bridge', 'br0', 'mcast_snooping_enable=true');
    expect(await offences(lab, endpoints)).to.equal('');
    for (const host of hosts) await host.vsctl('set', 'Bridge', 'br0', 'mcast_snooping_enable=false');
  });

  it('drops what guests tag themselves', async () => {
    for (const vid of [2102, 4095]) {
      const guests = endpoints.filter((endpoint) => endpoint.name !== 'router');
      const result = await runMatrix(new Prober(lab.hosts), guests, tagged(STANDARD_CLASSES, vid));
      expect(result.judge(() => false).forbidden, `tag ${vid}`).to.be.empty;
    }
  });
});

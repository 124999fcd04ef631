import { expect } from 'chai';
import { loadConfig } from '../../../src/config/load.ts';
import { formatStatus } from '../../../src/cli/status/status-text.ts';
import { plan } from '../../../src/cli/plan.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { BROADCAST, experimental } from '../../lab/frames.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { Prober } from '../../lab/probe.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';

describe('guests outside every Private VLAN', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let agent: AgentOn | undefined;
  const endpoints: Endpoint[] = [];

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await lab.upstream([host]);
    const plug = async (name: string, number: number, portProfile?: string): Promise<void> => {
      const mac = `02:00:00:00:00:0${number}`;
      endpoints.push(await host.plug({ name, mac, ...(portProfile === undefined ? {} : { portProfile }) }));
    };
    await plug('g1', 1, 'isolated-2102');
    await plug('bare', 2);
    await plug('lan', 3, 'lan');
    await plug('known', 4, 'known');
  });

  afterEach(async () => {
    await agent?.stop();
  });

  after(async () => {
    await lab.close();
  });

  const portgroups = new Map([['known', 'none' as const]]);

  /** Who hears a broadcast of the guest whose portgroup the operator calls no Private VLAN's. */
  async function heard(): Promise<string[]> {
    const from = endpoints.find(({ name }) => name === 'known')!;
    const deliveries = await new Prober(lab.hosts).send([{ from, frame: experimental(BROADCAST, from.mac) }]);
    return deliveries.map(({ receiver }) => receiver.name).sort();
  }

  it('are open unless the bridge says otherwise, and status and plan say how many there are', async () => {
    agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102], portgroups } });
    await agent.reached('installed', 'g1');
    await agent.reached('released', 'bare', 'lan', 'known');
    expect(await heard()).to.deep.equal(['bare', 'lan']);
    expect(formatStatus(agent.agent.status(), false)).to.contain('; 3 guests outside every Private VLAN, open');
    const lines: string[] = [];
    const flags = { ovsdb: `unix:${host.dbSocket}`, libvirt: 'none' };
    await plan(loadConfig({ env: {}, defaultFile: '/nowhere', flags }), { json: false, flows: false }, (text) =>
      lines.push(text),
    );
    expect(lines.join('\n')).to.contain('  3 guests outside every Private VLAN, open: bare, known, lan');
  });

  it('are closed where the bridge says so, but those of a portgroup that the operator calls no Private VLAN’s', async () => {
    const outside = new Map([['br0', 'quarantine' as const]]);
    agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102], portgroups, outside } });
    await agent.reached('installed', 'g1');
    await agent.reached('quarantined', 'bare', 'lan');
    await agent.reached('released', 'known');
    expect(await heard()).to.deep.equal([]);
    expect(formatStatus(agent.agent.status(), false)).to.contain('; 1 guest outside every Private VLAN, open');
    expect(agent.alarms.join('\n'))
      .to.contain(
        'port bare is quarantined: it is outside every Private VLAN, and such guests are closed on br0: it has no portgroup',
      )
      .and.contain('port lan is quarantined');
  });

  it('are as they were when the policy is taken back', async () => {
    agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102], portgroups } });
    await agent.reached('released', 'bare', 'lan', 'known');
    expect(await heard()).to.deep.equal(['bare', 'lan']);
  });
});

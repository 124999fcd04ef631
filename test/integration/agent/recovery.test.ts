import { expect } from 'chai';
import type { Endpoint } from '../../lab/endpoint.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { isolatedPolicy, offences, PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';

describe('an agent on a host whose parts fail', function () {
  this.timeout(120_000);
  let lab: Lab;
  let host: Host;
  let agent: AgentOn;
  let endpoints: Endpoint[];

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    const upstream = await lab.upstream([host]);
    endpoints = [
      await host.plug({ name: 'g1', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' }),
      await host.plug({ name: 'g2', mac: '02:00:00:00:00:02', portProfile: 'isolated-2102' }),
      await upstream.plug({ name: 'router', mac: ROUTER_MAC, tag: 2102 }),
    ];
    agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
    await agent.reached('installed', 'g1', 'g2');
  });

  after(async () => {
    await agent.stop();
    await lab.close();
  });

  const ourFlows = async (): Promise<string[]> => {
    const text = await host.ofctl('--no-stats', 'dump-flows', 'br0', 'cookie=0x7076000000000000/0xffff000000000000');
    return text
      .split('\n')
      .filter((line) => line.includes('cookie='))
      .sort();
  };

  it('has its flows back within moments when somebody deletes them all', async () => {
    const before = await ourFlows();
    await host.ofctl('del-flows', 'br0', 'cookie=0x7076000000000000/0xffff000000000000');
    await until('the flows to be back', async () => (await ourFlows()).length === before.length);
    expect(await ourFlows()).to.deep.equal(before);
    expect(await offences(lab, endpoints)).to.equal('');
  });

  it('puts a changed flow right', async () => {
    const before = await ourFlows();
    await host.ofctl('mod-flows', 'br0', 'actions=NORMAL');
    await until('the flows to be right', async () => JSON.stringify(await ourFlows()) === JSON.stringify(before));
    expect(await offences(lab, endpoints)).to.equal('');
  });

  it('puts each flow right that somebody else put one of their own in the place of', async () => {
    const before = await ourFlows();
    const stolen = before.map((flow) =>
      flow.replace(/cookie=\w+/, 'cookie=0x5bad').replace(/actions=.*/, 'actions=NORMAL'),
    );
    for (const flow of stolen) await host.ofctl('add-flow', 'br0', flow.trim());
    await until('the flows to be ours', async () => JSON.stringify(await ourFlows()) === JSON.stringify(before));
    expect(await host.ofctl('dump-flows', 'br0', 'cookie=0x5bad/-1')).not.to.include('0x5bad');
    expect(await offences(lab, endpoints)).to.equal('');
  });

  it('parks a port again that somebody opened', async () => {
    await host.vsctl('clear', 'Port', 'g1', 'trunks', '--', 'set', 'Port', 'g1', 'protected=false');
    await until(
      'the port to be parked',
      async () => (await host.vsctl('get', 'Port', 'g1', 'trunks', 'protected')) === '[4095]\ntrue',
    );
    expect(await offences(lab, endpoints)).to.equal('');
  });

  it('restores everything after ovs-vswitchd was killed', async () => {
    const before = await ourFlows();
    await host.killVswitchd('SIGKILL');
    await host.startVswitchd();
    await until('the flows to be back', async () => JSON.stringify(await ourFlows()) === JSON.stringify(before));
    await agent.reached('installed', 'g1', 'g2');
    expect(await offences(lab, endpoints)).to.equal('');
  });

  it('goes on after ovsdb-server was killed, and sees what changed meanwhile', async () => {
    await host.killOvsdb('SIGKILL');
    await until('the agent to notice', () => !agent.agent.status().database.connected);
    await host.startOvsdb();
    await host.vsctl('--if-exists', 'del-port', 'g2');
    await until('the flows of the removed port to be gone', async () => {
      await agent.reached('installed', 'g1');
      return !(await ourFlows()).some((line) => line.includes('02:00:00:00:00:02'));
    });
    endpoints
      .filter((endpoint) => endpoint.name === 'g2')
      .forEach((endpoint) => {
        endpoint.close();
      });
    endpoints = endpoints.filter((endpoint) => endpoint.name !== 'g2');
    endpoints.push(await host.plug({ name: 'g3', mac: '02:00:00:00:00:03', portProfile: 'isolated-2102' }));
    await agent.reached('installed', 'g1', 'g3');
    expect(await offences(lab, endpoints)).to.equal('');
  });

  it('backs off and says so when another writer keeps undoing a flow', async () => {
    const fought = (): boolean =>
      agent.agent.status().alarms.some((alarm) => alarm.includes('another writer keeps undoing'));
    await until('the agent to notice the fight', async () => {
      await host.ofctl('del-flows', 'br0', 'table=66,reg0=2102,dl_dst=02:00:00:00:00:01');
      return fought();
    });
    expect(agent.agent.status().bridges[0]?.repairs).to.be.greaterThan(5);
    await until('the flow to be back', async () =>
      (await ourFlows()).some((line) => line.includes('dl_dst=02:00:00:00:00:01')),
    );
  });

  it('backs off and says so when another writer keeps opening a port', async () => {
    const fought = (): boolean =>
      agent.agent.status().alarms.some((alarm) => alarm.includes('undoing the VLAN setting of port g1'));
    await until('the agent to notice the fight', async () => {
      await host.vsctl('--no-wait', 'clear', 'Port', 'g1', 'trunks');
      await until('the port to be parked', async () => (await host.vsctl('get', 'Port', 'g1', 'trunks')) === '[4095]');
      return fought();
    });
    await agent.reached('installed', 'g1');
    expect(await offences(lab, endpoints)).to.equal('');
  });

  it('closes only the port whose flows are refused', async () => {
    const limit = (await host.ofctl('dump-flows', 'br0', 'table=66'))
      .split('\n')
      .filter((line) => line.includes('actions=')).length;
    await host.vsctl(
      ...['--', '--id=@full', 'create', 'Flow_Table', `flow_limit=${limit}`, 'overflow_policy=refuse'],
      ...['--', 'set', 'Bridge', 'br0', 'flow_tables:66=@full'],
    );
    const extra = await host.plug({ name: 'g9', mac: '02:00:00:00:00:09', portProfile: 'isolated-2102' });
    await until('the refusal', () =>
      agent.agent.status().alarms.some((alarm) => alarm.includes('port g9 stays closed')),
    );
    expect(
      await offences(
        lab,
        [...endpoints, extra],
        (from, to) => from !== extra && to !== extra && isolatedPolicy(from, to),
      ),
    ).to.equal('');
    await host.vsctl('clear', 'Bridge', 'br0', 'flow_tables');
    await extra.unplug();
  });

  it('changes nothing when it restarts and nothing is to be changed', async () => {
    const modifications = async (): Promise<string> => {
      const counters = await host.appctl('coverage/show');
      return /ofproto_flow_mod|bundle/.test(counters)
        ? counters
            .split('\n')
            .filter((line) => /flow_mod|bundle/.test(line))
            .map((line) => line.replace(/.*total:/, ''))
            .join()
        : '';
    };
    const ages = async (): Promise<string> =>
      await host.ofctl('dump-flows', 'br0', 'cookie=0x7076000000000000/0xffff000000000000');
    await agent.stop();
    const counted = await modifications();
    const before = await ourFlows();
    agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
    await agent.reached('installed', 'g1', 'g3');
    await until('the agent to settle', () => agent.agent.status().settled);
    expect(await ourFlows()).to.deep.equal(before);
    expect(await modifications()).to.equal(counted);
    // A flow that was replaced would have begun to count its age anew.
    expect((await ages()).includes('duration=0.0')).to.equal(false);
  });

  it('keeps guests apart while it is dead, every flow is gone and ovs-vswitchd starts anew', async () => {
    await agent.stop();
    await host.killVswitchd('SIGKILL');
    await host.startVswitchd();
    expect(await ourFlows()).to.deep.equal([]);
    const guests = endpoints.filter((endpoint) => endpoint.name !== 'router');
    expect(await offences(lab, guests, () => false)).to.equal('');
    agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
    await agent.reached('installed', 'g1', 'g3');
    expect(await offences(lab, endpoints)).to.equal('');
  });
});

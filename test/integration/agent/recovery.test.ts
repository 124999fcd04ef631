import { join } from 'node:path';
import { expect } from 'chai';
import { OpenFlowConnection } from '../../../src/openflow/connection.ts';
import { COOKIE, COOKIE_MASK } from '../../../src/pipeline/cookie.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { until } from '../../lab/until.ts';
import { isolatedPolicy, offences } from '../../support/duo.ts';
import { FlowWatch } from '../../support/flow-watch.ts';
import { FlowAges } from '../recovery/flow-ages.ts';
import { useSite } from '../recovery/site.ts';

describe('an agent on a host whose parts fail', function () {
  this.timeout(120_000);
  const site = useSite({ bornParked: false });

  const alarmed = (words: string): boolean => site().alarms.includes(words);

  it('has its flows back within moments when somebody deletes them all', async () => {
    const before = await site().flows();
    await site().deleteFlows();
    await site().flowsAre(before);
    expect(await site().offences()).to.equal('');
  });

  it('puts a changed flow right', async () => {
    const before = await site().flows();
    await site().host.ofctl('mod-flows', 'br0', 'actions=NORMAL');
    await site().flowsAre(before);
    expect(await site().offences()).to.equal('');
  });

  it('puts each flow right that somebody else put one of their own in the place of', async () => {
    const before = await site().flows();
    const stolen = before.map((flow) =>
      flow
        .replace(/cookie=\w+/, 'cookie=0x5bad')
        .replace(/actions=.*/, 'actions=NORMAL')
        // Open vSwitch before 2.16 prints that word and does not read it.
        .replace(/\bigmp\b/, 'ip,nw_proto=2'),
    );
    for (const flow of stolen) await site().host.ofctl('add-flow', 'br0', flow.trim());
    await site().flowsAre(before);
    expect(await site().host.ofctl('dump-flows', 'br0', 'cookie=0x5bad/-1')).not.to.include('0x5bad');
    expect(await site().offences()).to.equal('');
  });

  it('parks a port again that somebody opened', async () => {
    await site().host.vsctl('clear', 'Port', 'g1', 'trunks', '--', 'set', 'Port', 'g1', 'protected=false');
    await until(
      'the port to be parked',
      async () => (await site().host.vsctl('get', 'Port', 'g1', 'trunks', 'protected')) === '[4095]\ntrue',
    );
    expect(await site().offences()).to.equal('');
  });

  it('restores everything after ovs-vswitchd was killed', async () => {
    const before = await site().flows();
    await site().host.killVswitchd('SIGKILL');
    await site().host.startVswitchd();
    await site().flowsAre(before);
    await site().settled();
    expect(await site().offences()).to.equal('');
  });

  it('goes on after ovsdb-server was killed, and sees what changed meanwhile', async () => {
    await site().host.killOvsdb('SIGKILL');
    await site().databaseLost();
    await site().host.startOvsdb();
    const gone = site().guest(2);
    await site().host.vsctl('--if-exists', 'del-port', gone.name);
    await until('the flows of the removed port to be gone', async () => {
      await site().agent.reached('installed', 'g1');
      return !(await site().flows()).some((line) => line.includes('02:00:00:00:01:02'));
    });
    gone.close();
    site().guests = site().guests.filter((guest) => guest !== gone);
    await site().plug(3);
    await site().settled();
    expect(await site().offences()).to.equal('');
  });

  it('backs off and says so when another writer keeps undoing a flow', async () => {
    const fought = (): boolean => alarmed('another writer keeps undoing');
    // Without a flow monitor each of ten repairs waits for the agent's next look, up to two seconds.
    const attack = async () => {
      await site().host.ofctl('del-flows', 'br0', 'table=66,reg0=2102,dl_dst=02:00:00:00:01:01');
      return fought();
    };
    await until('the agent to notice the fight', attack, { timeout: 40_000 });
    expect(site().agent.agent.status().bridges[0]?.repairs).to.be.greaterThan(5);
    await until('the flow to be back', async () =>
      (await site().flows()).some((line) => line.includes('dl_dst=02:00:00:00:01:01')),
    );
  });

  it('backs off and says so when another writer keeps opening a port', async () => {
    const fought = (): boolean => alarmed('undoing the VLAN setting of port g1');
    await until('the agent to notice the fight', async () => {
      await site().host.vsctl('--no-wait', 'clear', 'Port', 'g1', 'trunks');
      await until(
        'the port to be parked',
        async () => (await site().host.vsctl('get', 'Port', 'g1', 'trunks')) === '[4095]',
      );
      return fought();
    });
    await site().settled();
    expect(await site().offences()).to.equal('');
  });

  it('closes only the port whose flows are refused', async () => {
    const limit = (await site().host.ofctl('dump-flows', 'br0', 'table=66'))
      .split('\n')
      .filter((line) => line.includes('actions=')).length;
    await site().host.vsctl(
      ...['--', '--id=@full', 'create', 'Flow_Table', `flow_limit=${limit}`, 'overflow_policy=refuse'],
      ...['--', 'set', 'Bridge', 'br0', 'flow_tables:66=@full'],
    );
    const extra = await site().host.plug({ name: 'g9', mac: '02:00:00:00:00:09', portProfile: 'isolated-2102' });
    await until('the refusal', () => alarmed('port g9 stays closed'));
    const served = (from: Endpoint, to: Endpoint): boolean =>
      from !== extra && to !== extra && isolatedPolicy(from, to);
    expect(await offences(site().lab, [...site().guests, site().router, extra], served)).to.equal('');
    await site().host.vsctl('clear', 'Bridge', 'br0', 'flow_tables');
    await extra.unplug();
  });

  it("changes nothing when it restarts and nothing is to be changed, by the switch's own figures", async () => {
    const watch = await FlowWatch.open(site().host);
    const { connection, changes } = watch;
    await site().stopAgent();
    // Frames, so that there are counters to be reset.
    expect(await site().offences()).to.equal('');
    await until('flows old enough to tell', async () => (await FlowAges.read(site().host)).youngest > 0.5);
    const before = await FlowAges.read(site().host);
    expect(before.size).to.be.above(10);
    expect(before.packets).to.be.above(0);
    await site().startAgent();
    await site().settled();
    await connection.barrier();
    expect(changes).to.deep.equal([]);
    expect(before.touched(await FlowAges.read(site().host))).to.deep.equal([]);

    // The same would show if it had written only one of them again, as it is.
    const [flow] = await connection.readFlows({ cookie: COOKIE, cookieMask: COOKIE_MASK, table: 66 });
    if (flow === undefined) throw new Error('there is no flow of the agent');
    await OpenFlowConnection.connect(`unix:${join(site().host.rundir, 'br0.mgmt')}`).then(async (other) => {
      await other.commit([{ command: 'add', flow }]);
      other.close();
    });
    await connection.barrier();
    if (watch.hears) expect(changes.length).to.be.above(0);
    expect(before.touched(await FlowAges.read(site().host))).to.have.length(1);
    watch.close();
  });

  it('keeps guests apart while it is dead, every flow is gone and ovs-vswitchd starts anew', async () => {
    await site().stopAgent();
    await site().host.killVswitchd('SIGKILL');
    await site().host.startVswitchd();
    expect(await site().flows()).to.deep.equal([]);
    expect(await site().leaks()).to.equal('');
    await site().startAgent();
    await site().settled();
    expect(await site().offences()).to.equal('');
  });
});

import { expect } from 'chai';
import { flush } from '../../../src/agent/flush.ts';
import { planChanges } from '../../../src/agent/plan.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { parseRemote } from '../../../src/ovsdb/remote.ts';
import { VswitchDatabase } from '../../../src/vswitch/database.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';

const FOREIGN = [
  'cookie=0x1,table=0,priority=205,in_port=77,actions=drop',
  'cookie=0x2,table=61,priority=10,udp,actions=NORMAL',
  // One of ours in all but the cookie: same table, priority and match.
  'cookie=0x3,table=0,priority=200,in_port=999,actions=drop',
];

describe('an agent on a bridge that others use too', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let database: VswitchDatabase;
  let untouched: { flows: string[]; ports: string };

  const flows = async (): Promise<string[]> =>
    (await host.ofctl('--no-stats', 'dump-flows', 'br0'))
      .split('\n')
      .filter((line) => line.includes('actions='))
      .sort();
  const ports = (): Promise<string> =>
    host.vsctl('--columns=name,tag,trunks,vlan_mode,protected,external_ids', 'list', 'Port');
  const interfaces = (): Promise<string> => host.vsctl('--columns=name,external_ids', 'list', 'Interface');

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge('br0');
    for (const flow of FOREIGN) await host.ofctl('add-flow', 'br0', flow);
    await host.plug({
      name: 'g1',
      mac: '02:00:00:00:00:01',
      portProfile: 'isolated-2102',
      tag: 7,
      portColumns: { 'external_ids:theirs': 'kept' },
    });
    await host.plug({ name: 'g2', mac: '02:00:00:00:00:02', portProfile: 'promisc-2102' });
    await host.plug({ name: 'u1', mac: '02:00:00:00:00:03', trunks: [5, 6] });
    untouched = { flows: await flows(), ports: (await ports()) + (await interfaces()) };
    database = new VswitchDatabase({ remotes: [parseRemote(`unix:${host.dbSocket}`)] });
    await database.ready({ timeoutMs: 5000 });
  });

  after(async () => {
    database.close();
    await lab.close();
  });

  const config = () => ({
    ...loadConfig({ env: {}, defaultFile: '/nowhere', flags: { ovsdb: `unix:${host.dbSocket}`, libvirt: 'none' } }),
    pvlans: [PVLAN_2102],
  });

  it('says what it would change, and changes nothing', async () => {
    const [plan] = await planChanges(database, config(), undefined);
    expect(plan?.rows.map((row) => row.port).sort()).to.deep.equal(['g1', 'g2']);
    expect(plan?.flows.length).to.be.greaterThan(5);
    expect({ flows: await flows(), ports: (await ports()) + (await interfaces()) }).to.deep.equal(untouched);
  });

  it('leaves foreign flows, ports and external_ids as they are', async () => {
    const agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
    await agent.reached('installed', 'g1', 'g2');
    await until('the agent to settle', () => agent.agent.status().settled);
    const now = await flows();
    expect(untouched.flows.filter((flow) => !now.includes(flow))).to.deep.equal([]);
    expect(await host.vsctl('get', 'Port', 'u1', 'trunks', 'external_ids')).to.equal('[5, 6]\n{}');
    expect(await host.vsctl('get', 'Port', 'g1', 'external_ids:theirs')).to.equal('kept');
    // Two of the three could let a guest's frames past the pipeline, or stand in its tables; one only drops.
    await until('the agent to look at foreign flows', () =>
      agent.agent.status().alarms.some((alarm) => alarm.includes('table=61')),
    );
    expect(agent.agent.status().alarms.filter((alarm) => alarm.includes('cookie=0x1,'))).to.deep.equal([]);
    await agent.stop();
  });

  it('has nothing left to plan after that', async () => {
    const [plan] = await planChanges(database, config(), undefined);
    expect({ flows: plan?.flows, rows: plan?.rows }).to.deep.equal({ flows: [], rows: [] });
  });

  it('puts everything back with flush', async () => {
    const [result] = await flush(database, host.rundir, async (operations) => {
      await database.transact(operations);
    });
    expect(result).to.deep.include({ bridge: 'br0', error: undefined });
    expect(result?.ports).to.have.members(['g1', 'g2']);
    await until(
      'the flows to be as before',
      async () => JSON.stringify(await flows()) === JSON.stringify(untouched.flows),
    );
    expect((await ports()) + (await interfaces())).to.equal(untouched.ports);
  });
});

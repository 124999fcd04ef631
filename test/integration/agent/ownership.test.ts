import { join } from 'node:path';
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
import { Controller } from '../../support/controller.ts';
import { PVLAN_2102 } from '../../support/duo.ts';
import { openFlowMessages, Relay } from '../../support/relay.ts';

const FOREIGN = [
  'cookie=0x1,table=0,priority=205,in_port=77,actions=drop',
  'cookie=0x2,table=61,priority=10,udp,actions=NORMAL',
];

/** What an SDN controller has on the same bridge: flows in the agent's tables and its own that use its group and its meter. */
const PROGRAM = {
  cookie: 0xc0den,
  meters: ['meter=7,kbps,band=type=drop,rate=1000000'],
  groups: ['group_id=77,type=all,bucket=output:LOCAL,bucket=output:77'],
  flows: [
    'table=0,priority=0,actions=NORMAL',
    'table=0,priority=140,udp,in_port=LOCAL,tp_dst=6343,actions=group:77',
    'table=66,priority=1,dl_dst=02:00:00:00:09:09,actions=meter:7,NORMAL',
    'table=200,priority=1,actions=meter:7,group:77',
  ],
};

/** The cookie that another owner may have whose flows end like the agent's: the prefix alone tells them apart. */
function foreignAlike(flow: string): string {
  return flow
    .trim()
    .replace(/cookie=0x7076/, 'cookie=0x1234')
    .replace(/actions=.*/, 'actions=drop');
}

describe('an agent on a bridge that others use too', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let database: VswitchDatabase;
  let controller: Controller;
  let untouched: { flows: string[]; ports: string };
  let untouchedController: string;

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
    controller = await Controller.of(host, 'br0', PROGRAM);
    untouchedController = await controller.state();
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

  // Whatever it did: another controller's connection, role, flows, groups and meters are as they were.
  afterEach(async () => {
    expect(await controller.state()).to.equal(untouchedController);
    expect(controller.connections).to.equal(1);
    expect(controller.disturbed).to.deep.equal([]);
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
    // One stands in the tables of the pipeline; the other only drops.
    await until('the agent to look at foreign flows', () => agent.alarms.some((alarm) => alarm.includes('table=61')));
    expect(agent.alarms.filter((alarm) => alarm.includes('cookie=0x1,'))).to.deep.equal([]);
    await agent.stop();
  });

  it('has nothing left to plan after that', async () => {
    const [plan] = await planChanges(database, config(), undefined);
    expect({ flows: plan?.flows, rows: plan?.rows }).to.deep.equal({ flows: [], rows: [] });
  });

  it('leaves a flow alone that takes the place of one of its own just before it deletes that', async () => {
    const folder = join(host.folder, 'run');
    const relay = await Relay.listen(join(folder, 'br0.mgmt'), join(host.rundir, 'br0.mgmt'), openFlowMessages);
    const agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102], openflow: folder } });
    const guest = await host.plug({ name: 'g3', mac: '02:00:00:00:00:0c', portProfile: 'isolated-2102' });
    await agent.reached('installed', 'g3');
    const own = (await flows()).filter((flow) => flow.includes('cookie=0x7076') && flow.includes(guest.mac));
    relay.hold();
    await guest.unplug();
    await until('the agent to begin', () => relay.held > 0);
    for (const flow of own) await host.ofctl('add-flow', 'br0', foreignAlike(flow));
    relay.release();
    await until('the agent to settle', () => agent.agent.status().settled);
    const alike = async (): Promise<string[]> => (await flows()).filter((flow) => flow.includes('cookie=0x1234'));
    expect(await alike())
      .to.have.length(own.length)
      .above(3);
    await agent.stop();
    await relay.close();
    await host.ofctl('del-flows', 'br0', 'cookie=0x1234000000000000/0xffff000000000000');
  });

  it('puts everything back with flush', async () => {
    const [result] = await flush(database, {
      openflowFolder: host.rundir,
      openParked: false,
      transact: async (operations) => {
        await database.transact(operations);
      },
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

import { expect } from 'chai';
import { execaCommand } from 'execa';
import type { Endpoint } from '../../lab/endpoint.ts';
import { BROADCAST, ethernet, experimental, tag } from '../../lab/frames.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { Prober } from '../../lab/probe.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';
import { verifyHost } from '../verify/verify-host.ts';

const BRIDGES = '01:80:c2:00:00:00';

/** A configuration BPDU (IEEE 802.1D clause 9.3.1) of a bridge that wants to be the root, with the best priority there is. */
function superiorBpdu(mac: string): Buffer {
  const id = Buffer.concat([Buffer.from([0, 0]), Buffer.from(mac.replaceAll(':', ''), 'hex')]);
  const body = Buffer.concat([
    Buffer.from([0x42, 0x42, 0x03, 0, 0, 0, 0, 0]),
    id,
    Buffer.alloc(4),
    id,
    Buffer.from([0x80, 0x01, 0, 0, 20, 0, 2, 0, 15, 0]),
  ]);
  return ethernet(BRIDGES, mac, body.length, body);
}

describe('an alarm or advice about how a port is set', function () {
  this.timeout(60_000);
  let lab: Lab;
  let a: Host;
  let b: Host;
  let g1: Endpoint;
  let router: Endpoint;
  let monitor: Endpoint;
  let prober: Prober;
  const agents: AgentOn[] = [];

  before(async () => {
    lab = await Lab.create();
    [a, b] = [await lab.host('a'), await lab.host('b')];
    const upstream = await lab.upstream([a, b]);
    router = await upstream.plug({ name: 'router', mac: ROUTER_MAC, tag: 2102 });
    g1 = await a.plug({ name: 'g1', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' });
    monitor = await a.plug({ name: 'mon', mac: '02:00:00:00:00:09', ifaceId: false, trunks: [1] });
    await b.plug({ name: 'b1', mac: '02:00:00:00:00:02', portProfile: 'isolated-2102' });
    for (const host of [a, b]) agents.push(await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } }));
    await agents[0]!.reached('installed', 'g1');
    await agents[1]!.reached('installed', 'b1');
    prober = new Prober(lab.hosts);
  });

  after(async () => {
    for (const agent of agents) await agent.stop();
    await lab.close();
  });

  const alarms = (): string => agents[0]!.alarms.join('\n');

  /** Does what the first command between quotes in `text` says, in place of the operator. */
  async function follow(text: string, host: Host = a): Promise<void> {
    const command = /'ovs-vsctl ([^']*)'/.exec(text)?.[1] ?? '';
    await host.vsctl(...command.split(' '));
  }

  async function hears(from: Endpoint, frame: Buffer): Promise<string[]> {
    const deliveries = await prober.send([{ from, frame }]);
    return deliveries.map(({ receiver }) => receiver.name).sort();
  }

  it('names a protected uplink, which cuts guests off from routers behind it, and verify finds them lost', async () => {
    await a.vsctl('set', 'Port', 'up0', 'protected=true');
    await until('the alarm', () => alarms().includes('port up0 is protected'));
    expect(await hears(router, experimental(BROADCAST, ROUTER_MAC))).to.not.include('g1');
    const { groups } = await verifyHost(a, { pvlans: [PVLAN_2102] });
    expect(
      groups.flatMap(({ differences }) => differences).map(({ kind, from, to }) => `${kind} ${from} ${to ?? ''}`),
    ).to.include('lost up0 g1');
    await follow(alarms());
    await until('the alarm to end', () => alarms() === '');
    expect(await hears(router, experimental(BROADCAST, ROUTER_MAC))).to.include('g1');
  });

  it('advises to keep VLAN 4095 from uplinks, by which guests hear each other where there are no flows', async () => {
    const advice = agents[0]!.agent
      .status()
      .advice.map(({ remedy }) => remedy)
      .join('\n');
    const command = /ovs-vsctl (.*)$/.exec(advice)?.[1] ?? '';
    expect(command).to.contain('set Port up0 trunks=');
    const none = async (host: Host): Promise<void> => {
      await host.ofctl('del-flows', 'br0');
      await host.ofctl('add-flow', 'br0', 'priority=0,actions=NORMAL');
    };
    for (const agent of agents.splice(0)) await agent.stop();
    for (const host of [a, b]) await none(host);
    const frame = tag(experimental(BROADCAST, g1.mac), 4095);
    // The second lock keeps what is flooded, until ovs-vswitchd is started again and has forgotten it.
    expect(await hears(g1, frame)).to.deep.equal([]);
    await b.ofctl('-O', 'OpenFlow10', 'mod-port', 'br0', 'b1', 'flood');
    expect(await hears(g1, frame)).to.deep.equal(['b1']);
    const { stdout } = await execaCommand('seq -s, 0 4094');
    await a.vsctl(...command.replace('"$(seq -s, 0 4094)"', stdout).split(' '));
    expect(await hears(g1, frame)).to.deep.equal([]);
    for (const host of [a, b]) agents.push(await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } }));
    await agents[0]!.reached('installed', 'g1');
    await agents[1]!.reached('installed', 'b1');
    await until('the advice to end', () => agents[0]!.agent.status().advice.length === 0);
    expect(await hears(router, experimental(BROADCAST, ROUTER_MAC))).to.deep.equal(['b1', 'g1']);
  });

  for (const [protocol, show] of [
    ['stp', 'stp/show'],
    ['rstp', 'rstp/show'],
  ] as const) {
    it(`names guests' ports that take part in a spanning tree, of which a guest's BPDU makes it the root (${protocol})`, async () => {
      const root = async (): Promise<boolean> => (await a.appctl(show, 'br0')).includes(g1.mac);
      await a.vsctl('set', 'Bridge', 'br0', `${protocol}_enable=true`);
      await until('the alarm', () => alarms().includes(`${protocol}_enable`));
      await until('the guest to be the root', async () => {
        await g1.send(superiorBpdu(g1.mac));
        return root();
      });
      await follow(alarms());
      await until('the alarm to end', () => alarms() === '');
      await until('the guest to be no root', async () => !(await root()));
      await prober.send(Array.from({ length: 5 }, () => ({ from: g1, frame: superiorBpdu(g1.mac) })));
      expect(await root()).to.equal(false);
      await a.vsctl('set', 'Bridge', 'br0', `${protocol}_enable=false`);
    });
  }

  it('names a mirror of a guest’s port, which sees nothing, and one that does what it was meant for', async () => {
    const create = [
      '--id=@m',
      'create',
      'Mirror',
      'name=m1',
      'select_src_port=@g',
      'select_dst_port=@g',
      'output_port=@o',
    ];
    await a.vsctl(
      ...['--', '--id=@g', 'get', 'Port', 'g1', '--', '--id=@o', 'get', 'Port', 'mon'],
      ...['--', ...create, '--', 'set', 'Bridge', 'br0', 'mirrors=@m'],
    );
    await until('the alarm', () => alarms().includes('mirror m1'));
    const toRouter = experimental(ROUTER_MAC, g1.mac);
    const toGuest = experimental(g1.mac, ROUTER_MAC);
    await a.appctl('revalidator/wait');
    expect(await hears(g1, toRouter)).to.not.include(monitor.name);
    expect(await hears(router, toGuest)).to.not.include(monitor.name);
    await a.vsctl(...(/ovs-vsctl (clear .*)$/.exec(alarms())?.[1] ?? '').split(' '));
    await until('the alarm to end', () => alarms() === '');
    await a.appctl('revalidator/purge');
    expect(await hears(g1, toRouter)).to.include(monitor.name);
    expect(await hears(router, toGuest)).to.include(monitor.name);
    await a.vsctl('clear', 'Bridge', 'br0', 'mirrors');
  });
});

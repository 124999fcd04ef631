import { expect } from 'chai';
import { flush } from '../../../src/agent/flush.ts';
import { parseRemote } from '../../../src/ovsdb/remote.ts';
import { VswitchDatabase } from '../../../src/vswitch/database.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { BROADCAST, experimental, tag } from '../../lab/frames.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { Prober } from '../../lab/probe.ts';
import { run } from '../../lab/run.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';

/** A group address that is flooded, and an address that nobody has. */
const GROUP = '01:00:5e:01:02:03';
const UNKNOWN = '02:00:00:00:0e:99';

describe('a port that somebody else unparks', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let agent: AgentOn;
  const stations: Record<string, Endpoint> = {};

  const plug = async (name: string, mac: string, options: object): Promise<void> => {
    stations[name] = await host.plug({ name, mac, ...options });
  };

  const start = async (): Promise<void> => {
    agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
    await agent.reached('installed', 'iso', 'web');
  };

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge();
    await plug('iso', '02:00:00:00:0e:01', { portProfile: 'isolated-2102' });
    await plug('web', '02:00:00:00:0e:02', { portProfile: 'community-2102-web' });
    await plug('shut', '02:00:00:00:0e:03', { portProfile: 'isolatd-2102' });
    await plug('foreign', '02:00:00:00:0e:04', { portProfile: 'isolated-2102' });
    await plug('router', '02:00:00:00:0e:05', { portProfile: 'promisc-2102' });
    await plug('outside', '02:00:00:00:0e:06', { tag: 2102, ifaceId: false });
    await configure('foreign', 'no-flood');
    await start();
    await locked('iso', 'web', 'shut', 'foreign');
  });

  after(async () => {
    await agent.stop();
    await lab.close();
  });

  /** OpenFlow 1.0 alone tells of these bits. */
  const openflow10 = (...args: readonly string[]): Promise<string> =>
    run('ovs-ofctl', ['-O', 'OpenFlow10', ...args], { env: { OVS_RUNDIR: host.rundir } });

  const configure = (port: string, what: string): Promise<string> => openflow10('mod-port', 'br0', port, what);

  const configOf = async (port: string): Promise<string> => {
    const text = await openflow10('show', 'br0');
    return new RegExp(`\\(${port}\\):[^]*?config: +(.*)`).exec(text)?.[1] ?? '';
  };

  const locked = (...ports: readonly string[]): Promise<unknown> =>
    until(`${ports.join(', ')} to be locked`, async () => {
      const configs = await Promise.all(ports.map(configOf));
      return configs.every((config) => config.includes('NO_FLOOD'));
    });

  const unpark = (port: string): Promise<string> =>
    host.vsctl('set', 'Port', port, 'vlan_mode=access', 'tag=2102', 'trunks=[]', 'protected=false');

  /** Who hears what a plain port of the VLAN floods, without any flow of the agent's. */
  const heard = async (): Promise<readonly string[]> => {
    const probes = [BROADCAST, GROUP, UNKNOWN].map((dst) => ({
      from: stations['outside']!,
      frame: experimental(dst, stations['outside']!.mac),
    }));
    const deliveries = await new Prober(lab.hosts).send(probes);
    return [...new Set(deliveries.map(({ receiver }) => receiver.name))].sort();
  };

  const heardIn4095 = async (from: string): Promise<readonly string[]> => {
    const frame = tag(experimental(BROADCAST, stations[from]!.mac), 4095);
    const deliveries = await new Prober(lab.hosts).send([{ from: stations[from]!, frame }]);
    return deliveries.map(({ receiver }) => receiver.name).filter((name) => name !== 'router');
  };

  it('hears nothing that is flooded, with the agent dead and every flow gone', async () => {
    await agent.stop();
    await host.ofctl('del-flows', 'br0');
    await host.ofctl('add-flow', 'br0', 'actions=NORMAL');
    expect(await heardIn4095('web'), 'in VLAN 4095').to.deep.equal([]);
    for (const port of ['iso', 'web', 'shut']) await unpark(port);
    expect(await heard()).to.deep.equal(['router']);
    await host.ofctl('del-flows', 'br0');
    await start();
    await locked('iso', 'web', 'shut');
  });

  it('is locked again when ovs-vswitchd has restarted, and when somebody takes the lock off', async () => {
    await host.killVswitchd();
    await host.startVswitchd();
    await locked('iso', 'web', 'shut');
    await configure('iso', 'flood');
    await locked('iso');
  });

  it('has no such lock where the bridge does not speak OpenFlow 1.0, which an alarm says until it does', async () => {
    await host.vsctl('set', 'Bridge', 'br0', 'protocols=OpenFlow13,OpenFlow14');
    await host.killVswitchd();
    await host.startVswitchd();
    await until('the alarm', () => agent.alarms.join('').includes('OpenFlow10'));
    await agent.reached('installed', 'iso', 'web');
    const command = /'ovs-vsctl ([^']*)'/.exec(agent.alarms.join(''))?.[1] ?? '';
    await host.vsctl(...command.split(' '));
    await until('the alarm to end', () => !agent.alarms.join('').includes('OpenFlow10'));
    await locked('iso', 'web', 'shut');
    await host.vsctl('clear', 'Bridge', 'br0', 'protocols');
    await locked('iso', 'web', 'shut');
    await agent.reached('installed', 'iso', 'web');
  });

  it('has no such lock where it is a router or outside, and loses it when it leaves the Private VLAN', async () => {
    await configure('foreign', 'no-flood');
    expect([await configOf('router'), await configOf('outside')].join('')).to.not.contain('NO_FLOOD');
    await host.vsctl('set', 'Interface', 'web', 'external_ids:port-profile=promisc-2102');
    await until('the lock to go', async () => !(await configOf('web')).includes('NO_'));
    await host.vsctl('set', 'Interface', 'web', 'external_ids:port-profile=community-2102-web');
    await locked('web');
  });

  it('is as before after flush, and keeps a lock that somebody else had put on', async () => {
    await agent.stop();
    await host.killVswitchd();
    await host.startVswitchd();
    await configure('foreign', 'no-flood');
    await start();
    await locked('iso', 'web', 'shut');
    await agent.stop();
    const database = new VswitchDatabase({ remotes: [parseRemote(`unix:${host.dbSocket}`)] });
    await database.ready({ timeoutMs: 10_000 });
    const results = await flush(database, {
      openflowFolder: host.rundir,
      openParked: false,
      transact: async (operations) => {
        await database.transact(operations);
      },
    });
    database.close();
    expect(results.map(({ error }) => error)).to.deep.equal([undefined]);
    expect(await Promise.all(['iso', 'web', 'shut', 'foreign'].map(configOf))).to.deep.equal([
      '0',
      '0',
      '0',
      'NO_FLOOD',
    ]);
  });
});

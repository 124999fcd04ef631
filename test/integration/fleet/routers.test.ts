import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Endpoint } from '../../lab/endpoint.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { isolatedPolicy, offences } from '../../support/duo.ts';
import { until } from '../ovsdb/server.ts';
import { FleetServer } from './fleet-server.ts';

const ROUTER = '02:00:00:00:ff:09';

describe('hosts of one fleet, of which nobody has configured a router', function () {
  this.timeout(60_000);
  let lab: Lab;
  let hosts: readonly [Host, Host];
  let server: FleetServer;
  let agents: AgentOn[];
  let ends: readonly Endpoint[];

  const start = (host: Host, name: string): Promise<AgentOn> =>
    AgentOn.start(host, { fleet: { host: name, remote: server.remote } });
  const believed = async (host: Host): Promise<boolean> => {
    const flows = await host.ofctl('dump-flows', 'br0');
    return (
      flows.includes(`dl_src=${ROUTER} actions=`) &&
      /table=\d+.*dl_src=02:00:00:00:ff:09 actions=.*goto_table/.test(flows)
    );
  };

  before(async () => {
    lab = await Lab.create();
    hosts = [await lab.host('a'), await lab.host('b')];
    await lab.upstream(hosts);
    server = await FleetServer.start();
    ends = [
      await hosts[0].plug({ name: 'router', mac: ROUTER, portProfile: 'promisc-2102' }),
      await hosts[1].plug({ name: 'guest', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' }),
      await hosts[1].plug({ name: 'other', mac: '02:00:00:00:00:02', portProfile: 'isolated-2102' }),
    ];
    agents = [await start(hosts[0], 'a'), await start(hosts[1], 'b')];
    await agents[0]?.reached('installed', 'router');
    await agents[1]?.reached('installed', 'guest', 'other');
  });

  after(async () => {
    for (const agent of agents) await agent.stop();
    await server.stop();
    await lab.close();
  });

  it('tell each other what they have, one row each, written once', async () => {
    await until('every row', () => server.rows('Endpoint').length === 2 && server.rows('Router').length === 1);
    expect(server.rows('Router')).to.deep.equal([{ host: 'a', mac: ROUTER, pvlan: 2102, port: 'router' }]);
    expect(
      server
        .rows('Endpoint')
        .map(({ host, name, role }) => [host, name, role])
        .sort(),
    ).to.deep.equal([
      ['b', 'guest', 'isolated'],
      ['b', 'other', 'isolated'],
    ]);
    // The host is taken over by the first transaction, and its rows are written by the second.
    await until('it is acknowledged', () => agents.every(({ fleet }) => (fleet?.transactions ?? 0) >= 2));
    const written = agents.map(({ fleet }) => fleet?.transactions);
    await hosts[1].vsctl('set', 'Interface', 'guest', 'external_ids:unrelated=1');
    await hosts[1].vsctl('remove', 'Interface', 'guest', 'external_ids', 'unrelated');
    expect(agents.map(({ fleet }) => fleet?.transactions)).to.deep.equal(written);
  });

  it('believe no router before the policy does', async () => {
    expect(await believed(hosts[1])).to.equal(false);
    const result = await offences(lab, ends, () => false);
    expect(result).not.to.match(/other.*guest/);
  });

  it('believe it from then on, and nothing else', async () => {
    await server.allowRouters(2102, 'a');
    await until('the flow', () => believed(hosts[1]));
    expect(await offences(lab, ends, isolatedPolicy)).to.equal('');
  });

  it('go on while the database is away, over a new start of the agent too, and say so', async () => {
    const cache = join(hosts[1].folder, 'fleet.json');
    await until('the cache is written', () =>
      readFile(cache, 'utf8').then(
        (text) => text.includes(ROUTER) && text.includes('router_hosts":["a"]'),
        () => false,
      ),
    );
    await server.server.kill();
    await until('the alarm', () => agents[1]?.alarms.some((alarm) => alarm.includes("the fleet's database")) === true);
    const flows = await hosts[1].ofctl('dump-flows', 'br0', '--no-stats');
    await agents[1]?.stop();
    const again = await start(hosts[1], 'b');
    agents[1] = again;
    await again.reached('installed', 'guest', 'other');
    expect(await hosts[1].ofctl('dump-flows', 'br0', '--no-stats')).to.equal(flows);
    expect(await offences(lab, ends, isolatedPolicy)).to.equal('');
    await server.server.up();
    await until('the end of the alarm', () => again.alarms.every((alarm) => !alarm.includes("the fleet's database")));
    expect(await offences(lab, ends, isolatedPolicy)).to.equal('');
  });

  it('stop to believe it once the policy does not', async () => {
    await server.allowRouters(2102);
    await until('the flow has gone', async () => !(await believed(hosts[1])));
  });

  it('close no port here that another host claims to be a router, and tell of it', async () => {
    await server.write(
      { op: 'insert', table: 'Router', row: { host: 'evil', mac: '02:00:00:00:00:01', pvlan: 2102, port: 'x' } },
      { op: 'update', table: 'Policy', where: [], row: { router_hosts: ['set', ['evil', 'a']] } },
    );
    await until('the policy is known', () => believed(hosts[1]));
    await agents[1]?.reached('installed', 'guest', 'other');
    expect(await offences(lab, ends, isolatedPolicy)).to.equal('');
  });

  it('take back what a port told that has gone', async () => {
    await ends[2]?.unplug();
    await until('the row has gone', () => server.rows('Endpoint').length === 1);
  });
});

describe('a host without a fleet', function () {
  this.timeout(30_000);
  it('has the same flows, no file and no connection', async () => {
    const lab = await Lab.create();
    const server = await FleetServer.start();
    try {
      const host = await lab.host('a');
      await host.addBridge();
      await host.plug({ name: 'guest', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' });
      const agent = await AgentOn.start(host);
      await agent.reached('installed', 'guest');
      const flows = await host.ofctl('dump-flows', 'br0', '--no-stats');
      await agent.stop();
      expect(
        await access(join(host.folder, 'fleet.json')).then(
          () => true,
          () => false,
        ),
      ).to.equal(false);
      expect(server.rows('Host')).to.deep.equal([]);
      const inFleet = await AgentOn.start(host, { fleet: { host: 'a', remote: server.remote } });
      await inFleet.reached('installed', 'guest');
      await until('it tells of itself', () => server.rows('Endpoint').length === 1);
      expect(await host.ofctl('dump-flows', 'br0', '--no-stats')).to.equal(flows);
      await inFleet.stop();
    } finally {
      await server.stop();
      await lab.close();
    }
  });
});

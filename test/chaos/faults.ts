import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { filter, firstValueFrom, timeout } from 'rxjs';
import { OpenFlowConnection } from '../../src/openflow/connection.ts';
import type { Flow } from '../../src/openflow/flow.ts';
import { flowKey } from '../../src/openflow/flow-key.ts';
import { COOKIE, COOKIE_MASK } from '../../src/pipeline/cookie.ts';
import type { Host } from '../lab/host.ts';
import type { Site, World } from './world.ts';

/** Something that goes wrong on one host. */
export interface Fault {
  readonly name: string;
  /** The agent's flows are gone for a while. */
  readonly flowless?: true;
  /**
   * Does it, undoes what does not mend itself, and returns when it was over, in milliseconds of `performance.now()`: from then
   * on everything that permitted traffic needs, but for the agent's work, is there.
   */
  readonly happen: (world: World, site: Site) => Promise<number>;
}

const OURS = 'cookie=0x7076000000000000/0xffff000000000000';

/** How long something is dead or stopped, in milliseconds. This is the fault itself and not a wait for anything. */
function pause(world: World, most = 400): Promise<void> {
  return delay(world.random.below(most));
}

async function stopped(world: World, pid: number): Promise<number> {
  process.kill(pid, 'SIGSTOP');
  try {
    await pause(world);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  return performance.now();
}

async function ovsdbPid(host: Host): Promise<number> {
  return Number(await readFile(join(host.rundir, 'ovsdb-server.pid'), 'utf8'));
}

async function readOurs<T>(host: Host, use: (connection: OpenFlowConnection, flows: Flow[]) => Promise<T>): Promise<T> {
  const connection = await OpenFlowConnection.connect(`unix:${join(host.rundir, 'br0.mgmt')}`);
  try {
    return await use(connection, await connection.readFlows({ cookie: COOKIE, cookieMask: COOKIE_MASK }));
  } finally {
    connection.close();
  }
}

async function startSwitch(host: Host): Promise<number> {
  // Its own start, up to when its ports exist, is not the agent's doing.
  await host.startVswitchd();
  return performance.now();
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'ovs-vswitchd is killed',
    flowless: true,
    happen: async (world, { host }) => {
      await host.killVswitchd('SIGKILL');
      await pause(world, 2500);
      return startSwitch(host);
    },
  },
  {
    name: 'ovs-vswitchd is killed, and ports come and go meanwhile',
    flowless: true,
    happen: async (world, site) => {
      await site.host.killVswitchd('SIGKILL');
      await world.death(site, { wait: false });
      await world.birth(site, { wait: false });
      await world.birth(site, { wait: false });
      return startSwitch(site.host);
    },
  },
  {
    name: 'ovs-vswitchd stands still',
    happen: async (world, { host }) => stopped(world, host.vswitchdPid),
  },
  {
    name: 'ovsdb-server is killed',
    happen: async (world, { host }) => {
      await host.killOvsdb('SIGKILL');
      await pause(world);
      await host.startOvsdb();
      // ovs-vswitchd does not forward before it has found the database again.
      await host.vsctl('init');
      return performance.now();
    },
  },
  {
    name: 'ovsdb-server stands still',
    happen: async (world, { host }) => stopped(world, await ovsdbPid(host)),
  },
  {
    name: 'the agent is killed, and ports come and go meanwhile',
    happen: async (world, site) => {
      await site.agent.kill();
      await world.death(site);
      await world.birth(site);
      await world.changeRole(site);
      await pause(world, 200);
      site.agent.restart();
      return performance.now();
    },
  },
  {
    name: 'the agent is killed amid changes',
    happen: async (world, site) => {
      const changes = (async () => {
        await world.changeRole(site);
        await world.birth(site);
        await world.death(site);
      })();
      await pause(world, 80);
      await site.agent.kill();
      await changes;
      site.agent.restart();
      return performance.now();
    },
  },
  {
    name: 'the agent stands still, and ports come and go meanwhile',
    happen: async (world, site) => {
      site.agent.signal('SIGSTOP');
      await world.death(site);
      await world.birth(site);
      await pause(world);
      site.agent.signal('SIGCONT');
      return performance.now();
    },
  },
  {
    name: 'agent and ovs-vswitchd are killed',
    flowless: true,
    happen: async (world, site) => {
      await site.agent.kill();
      await site.host.killVswitchd('SIGKILL');
      await site.host.startVswitchd();
      await pause(world);
      site.agent.restart();
      return performance.now();
    },
  },
  {
    name: 'a flow is deleted',
    flowless: true,
    happen: async (world, { host }) =>
      readOurs(host, async (connection, flows) => {
        const flow = world.random.pick(flows);
        if (flow === undefined) return performance.now();
        const back = firstValueFrom(
          connection.monitorFlows().pipe(
            filter((change) => 'flow' in change && change.event === 'added' && flowKey(change.flow) === flowKey(flow)),
            timeout(10_000),
          ),
        );
        await connection.commit([{ command: 'deleteStrict', flow, cookieMask: COOKIE_MASK }]);
        const since = performance.now();
        await back;
        world.flowBackMs.push(performance.now() - since);
        return since;
      }),
  },
  {
    name: "all of the agent's flows are deleted",
    flowless: true,
    happen: async (_, { host }) =>
      readOurs(host, async (connection, flows) => {
        await connection.commit(flows.map((flow) => ({ command: 'deleteStrict', flow, cookieMask: COOKIE_MASK })));
        return performance.now();
      }),
  },
  {
    name: 'all tables are emptied',
    flowless: true,
    happen: async (_, { host }) => {
      await host.ofctl('del-flows', 'br0');
      await host.ofctl('add-flow', 'br0', 'priority=0,actions=NORMAL');
      return performance.now();
    },
  },
  {
    name: 'flows are changed to drop',
    happen: async (_, { host }) => {
      await host.ofctl('mod-flows', 'br0', `${OURS},actions=drop`);
      return performance.now();
    },
  },
  {
    name: 'a port gets another number',
    happen: async (world, { host, guests }) => {
      const guest = world.random.pick([...guests]);
      if (guest === undefined) return performance.now();
      const number = 1000 + world.random.below(50_000);
      await host.vsctl('set', 'Interface', guest.name, `ofport_request=${number}`);
      return performance.now();
    },
  },
  {
    name: 'marks are erased',
    happen: async (_, { host, guests }) => {
      for (const guest of guests)
        await host.vsctl(
          '--no-wait',
          'remove',
          'Interface',
          guest.name,
          'external_ids',
          'pvlan-installed',
          'pvlan-role',
        );
      return performance.now();
    },
  },
  {
    name: 'the management socket is away when the agent starts',
    happen: async (world, { host, agent }) => {
      const socket = join(host.rundir, 'br0.mgmt');
      await agent.kill();
      await rename(socket, `${socket}.away`);
      agent.restart();
      await pause(world, 1000);
      await rename(`${socket}.away`, socket);
      return performance.now();
    },
  },
  {
    name: 'the bridge changes its datapath type and back',
    flowless: true,
    happen: async (_, { host }) => {
      await host.vsctl('set', 'Bridge', 'br0', 'datapath_type=dummy');
      await host.vsctl('set', 'Bridge', 'br0', 'datapath_type=netdev');
      return performance.now();
    },
  },
];

import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../lab/host.ts';
import { OURS, pause, type Fault } from './fault.ts';
import type { World } from './world.ts';

async function stopped(world: World, pid: number): Promise<number> {
  process.kill(pid, 'SIGSTOP');
  try {
    await pause(world);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  return performance.now();
}

export async function ovsdbPid(host: Host): Promise<number> {
  return Number(await readFile(join(host.rundir, 'ovsdb-server.pid'), 'utf8'));
}

export async function startSwitch(host: Host): Promise<number> {
  // Its own start, up to when its ports exist, is not the agent's doing.
  await host.startVswitchd();
  return performance.now();
}

/** ovs-vswitchd does not forward before it has found the database again; a change that it has to take note of shows when. */
export async function found(host: Host): Promise<number> {
  await host.vsctl('set', 'Open_vSwitch', '.', `external_ids:chaos=${performance.now()}`);
  return performance.now();
}

/** Daemons that die, stand still or cannot be reached. */
export const DAEMON_FAULTS: readonly Fault[] = [
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
    name: 'ovs-vswitchd is killed, and waits for flows to be restored',
    flowless: true,
    happen: async (world, { host }) => {
      await host.vsctl('set', 'Open_vSwitch', '.', 'other_config:flow-restore-wait=true');
      await host.killVswitchd('SIGKILL');
      await startSwitch(host);
      await pause(world);
      await host.vsctl('set', 'Open_vSwitch', '.', 'other_config:flow-restore-wait=false');
      return performance.now();
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
      return found(host);
    },
  },
  {
    name: 'ovsdb-server stands still',
    happen: async (world, { host }) => stopped(world, await ovsdbPid(host)),
  },
  {
    name: 'the agent is killed, and ports come and go meanwhile',
    endsAgent: true,
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
    endsAgent: true,
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
    name: "the agent's wall clock jumps by years",
    happen: async (world, site) => {
      site.agent.signal('SIGUSR2');
      await world.changeRole(site);
      return performance.now();
    },
  },
  {
    name: 'agent and ovs-vswitchd are killed',
    endsAgent: true,
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
    name: 'the management socket is away when the agent starts',
    endsAgent: true,
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
    name: 'ovsdb-server and ovs-vswitchd are killed',
    flowless: true,
    happen: async (world, { host }) => {
      await host.killOvsdb('SIGKILL');
      await host.killVswitchd('SIGKILL');
      await pause(world);
      await host.startOvsdb();
      return startSwitch(host);
    },
  },
  {
    name: 'the agent is killed while the database is away',
    endsAgent: true,
    happen: async (world, { host, agent }) => {
      await host.killOvsdb('SIGKILL');
      await agent.kill();
      agent.restart();
      await pause(world, 1000);
      await host.startOvsdb();
      return found(host);
    },
  },
  {
    name: 'the agent stands still while its flows are deleted',
    flowless: true,
    happen: async (world, { host, agent }) => {
      agent.signal('SIGSTOP');
      await host.ofctl('del-flows', 'br0', OURS);
      await pause(world);
      agent.signal('SIGCONT');
      return performance.now();
    },
  },
];

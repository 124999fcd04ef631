import { join } from 'node:path';
import { AGENT_LOCK } from '../../src/cli/lock.ts';
import { parseRemote } from '../../src/ovsdb/remote.ts';
import { VswitchDatabase } from '../../src/vswitch/database.ts';
import { until } from '../lab/until.ts';
import { found, ovsdbPid, startSwitch } from './daemon-faults.ts';
import { OURS, pause, type Fault } from './fault.ts';
import { deleteUntilBack } from './flow-return.ts';
import { refuse } from './refusing-socket.ts';
import { readOurs } from './read-ours.ts';

/** As often as an agent puts a flow back before it calls that a fight, and once more (src/bridge/repairs.ts). */
export const FIGHT = 11;

/** Others want the same, a resource is used up, or everything stands still at once. */
export const CONFLICT_FAULTS: readonly Fault[] = [
  {
    name: 'a second agent takes over, and the first from it',
    endsAgent: true,
    rare: true,
    happen: async (world, { host, agent, rival }) => {
      const second = await rival();
      await until('the second to stand by', async () => (await second.status())?.mode === 'standby');
      await agent.kill();
      await pause(world, 200);
      agent.restart();
      await until('the first to stand by', async () => (await agent.status())?.mode === 'standby');
      await host.ofctl('del-flows', 'br0', OURS);
      await second.kill();
      return performance.now();
    },
    flowless: true,
  },
  {
    name: 'the lock is stolen from the agent, and ports come and go meanwhile',
    happen: async (world, site) => {
      const thief = new VswitchDatabase({ remotes: [parseRemote(`unix:${site.host.dbSocket}`)] });
      try {
        await thief.ready({ timeoutMs: 10_000 });
        const lock = thief.lock(AGENT_LOCK, { steal: true });
        await until('the lock', () => lock.held);
        await world.birth(site);
        await world.changeRole(site);
        await pause(world, 200);
      } finally {
        thief.close();
      }
      return performance.now();
    },
  },
  {
    name: 'another writer deletes a flow again and again',
    endsAgent: true,
    rare: true,
    flowless: true,
    happen: async (world, { host, agent }) => {
      await readOurs(host, async (connection, flows) => {
        const flow = world.random.pick(flows);
        if (flow === undefined) return;
        for (let time = 1; time <= FIGHT; time += 1) await deleteUntilBack(connection, flow);
      });
      // It would be slow to put the same flow back for a while, whatever happens next.
      await agent.kill();
      agent.restart();
      return performance.now();
    },
  },
  {
    name: 'the disk of the database is full while flows are deleted and the agent starts',
    endsAgent: true,
    rare: true,
    flowless: true,
    happen: async (world, { host, agent, disk }) => {
      await disk.fill();
      await agent.kill();
      await host.ofctl('del-flows', 'br0', OURS);
      agent.restart();
      await pause(world, 800);
      await disk.free();
      return found(host);
    },
  },
  {
    name: 'the socket of a dead ovs-vswitchd refuses for long',
    rare: true,
    flowless: true,
    happen: async (world, { host }) => {
      await host.killVswitchd('SIGKILL');
      await refuse(join(host.rundir, 'br0.mgmt'), 4 + world.random.below(6));
      return startSwitch(host);
    },
  },
  {
    name: 'agent, ovs-vswitchd and ovsdb-server stand still',
    happen: async (world, { host, agent }) => {
      const pids = [agent.pid, host.vswitchdPid, await ovsdbPid(host)];
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      await pause(world);
      while (pids.length > 0) {
        const [pid] = pids.splice(world.random.below(pids.length), 1);
        if (pid !== undefined) process.kill(pid, 'SIGCONT');
        await pause(world, 50);
      }
      return performance.now();
    },
  },
  {
    name: 'a trunk that nobody assigned appears while the agent is dead',
    endsAgent: true,
    happen: async (world, site) => {
      await site.agent.kill();
      await world.visit(site);
      await pause(world, 200);
      site.agent.restart();
      return performance.now();
    },
  },
];

import { until } from '../lab/until.ts';
import type { Flow } from '../../src/openflow/flow.ts';
import { NORMAL } from '../../src/pipeline/steps.ts';
import { FIGHT } from './conflict-faults.ts';
import { pause, type Fault } from './fault.ts';
import { isOpen, type Guest } from './guest.ts';
import { readOurs } from './read-ours.ts';
import type { Site, World } from './world.ts';

/** A cookie of nobody here. */
const THEIRS = 0x5badn;
const EXACT = 0xffff_ffff_ffff_ffffn;

/** What another writer makes of the Port row of a guest that is parked, as `ovs-vsctl` takes it. */
const OPENINGS = [
  (port: string) => ['clear', 'Port', port, 'trunks'],
  (port: string) => ['set', 'Port', port, 'protected=false'],
  (port: string) => ['set', 'Port', port, 'trunks=2102', 'protected=false'],
  (port: string) => ['set', 'Port', port, 'tag=7'],
  (port: string) => ['clear', 'Port', port, 'vlan_mode', 'trunks', '--', 'set', 'Port', port, 'tag=2102'],
];

async function opens(world: World, site: Site, guest: Guest, times: number): Promise<void> {
  const { host } = site;
  // Not the tag, of which a trunk makes no use: what others give a parked port is kept there for when it leaves.
  const setting = (): Promise<string> => host.vsctl('get', 'Port', guest.name, 'vlan_mode', 'trunks', 'protected');
  const parked = await setting();
  guest.unpark();
  guest.unserve({ isLocked: true });
  for (let time = 0; time < times; time += 1) {
    const opening = world.random.pick(OPENINGS) ?? OPENINGS[0];
    await host.vsctl('--no-wait', '--', ...(opening?.(guest.name) ?? []));
    await until(`the port of ${guest.name} to be parked again`, async () => (await setting()) === parked);
  }
  // In the database is not in force yet, and what is in force is not at once in the caches.
  await world.noted(site);
  await host.appctl('revalidator/wait');
  world.unparkedMs.push(guest.repark());
}

function parkedGuest(world: World, { guests }: Site): Guest | undefined {
  return world.random.pick([...guests].filter(({ role }) => !isOpen(role)));
}

/** Another writer works on the same rows and tables. */
export const WRITER_FAULTS: readonly Fault[] = [
  {
    name: "another writer opens a guest's port",
    happen: async (world, site) => {
      const guest = parkedGuest(world, site);
      if (guest !== undefined) await opens(world, site, guest, 1);
      return performance.now();
    },
  },
  {
    name: "another writer opens a guest's port again and again",
    rare: true,
    endsAgent: true,
    happen: async (world, site) => {
      const guest = parkedGuest(world, site);
      if (guest !== undefined) await opens(world, site, guest, FIGHT);
      // It would be slow to close the same port for a while, whatever happens next.
      await site.agent.kill();
      site.agent.restart();
      return performance.now();
    },
  },
  {
    name: "another writer's flow stands in the place of the agent's for a while",
    flowless: true,
    keepsLocks: true,
    happen: async (world, { host }) =>
      readOurs(host, async (connection, flows) => {
        const place = world.random.pick(flows);
        if (place === undefined) return performance.now();
        const { table, priority, match } = place;
        const actions = world.random.below(2) === 0 ? [] : [NORMAL];
        const flow: Flow = { table, priority, match, cookie: THEIRS, actions };
        await connection.commit([{ command: 'add', flow }]);
        await pause(world);
        await connection.commit([{ command: 'deleteStrict', flow, cookieMask: EXACT }]);
        return performance.now();
      }),
  },
  {
    name: 'a table is full when a guest is plugged in',
    happen: async (world, site) => {
      const { host } = site;
      const count = await readOurs(host, async (connection) => {
        const all = await connection.readFlows({ cookie: 0n, cookieMask: 0n, table: 0 });
        return all.length;
      });
      await host.vsctl(
        ...['--', '--id=@full', 'create', 'Flow_Table', `flow_limit=${count}`, 'overflow_policy=refuse'],
        ...['--', 'set', 'Bridge', 'br0', 'flow_tables:0=@full'],
      );
      const late = await world.birth(site, { role: 'isolated-2102' });
      await pause(world);
      // One that was refused is tried again much later only, so it goes before there is room.
      if (late !== undefined) await world.death(site, { guest: late });
      await host.vsctl('clear', 'Bridge', 'br0', 'flow_tables');
      return performance.now();
    },
  },
];

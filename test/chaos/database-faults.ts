import { copyFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../lab/host.ts';
import { run } from '../lab/run.ts';
import { until } from '../lab/until.ts';
import { updateOften } from '../support/updates.ts';
import { found } from './daemon-faults.ts';
import { bridgeAgain } from './bridge-again.ts';
import { pause, type Fault } from './fault.ts';
import { isOpen } from './guest.ts';
import type { Site } from './world.ts';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';
const MANY = 10_000;

/** Replaces the database by an empty one, as when its file is lost, and returns where the old one is kept. */
async function emptied(host: Host): Promise<{ readonly file: string; readonly kept: string }> {
  await host.killOvsdb('SIGKILL');
  // It lies on a disk of its own, behind a link.
  const file = await readlink(join(host.folder, 'etc', 'conf.db'));
  const kept = `${file}.kept`;
  await copyFile(file, kept);
  await rm(file);
  await run('ovsdb-tool', ['create', file, SCHEMA]);
  await host.startOvsdb();
  // ovs-vswitchd has found it once it takes note of a change, and has no bridge then.
  await found(host);
  return { file, kept };
}

/** The ports of guests that are not parked are ordinary ones until the agent has acted. */
function openOnesAgain({ guests }: Site): void {
  for (const guest of guests) if (isOpen(guest.role)) guest.replug();
}

/** The database is lost, or tells more than anybody can hear. */
export const DATABASE_FAULTS: readonly Fault[] = [
  {
    name: 'the database is lost, and the operator makes bridge and ports anew',
    rare: true,
    flowless: true,
    happen: async (world, site) => {
      const { kept } = await emptied(site.host);
      await rm(kept);
      for (const guest of site.guests) guest.replug();
      await site.host.vsctl(...bridgeAgain(site));
      await site.controller?.settled();
      await world.visit(site);
      return performance.now();
    },
  },
  {
    name: 'the database is lost and put back',
    rare: true,
    flowless: true,
    happen: async (world, site) => {
      const { file, kept } = await emptied(site.host);
      await pause(world);
      openOnesAgain(site);
      await site.host.killOvsdb('SIGKILL');
      await copyFile(kept, file);
      await rm(kept);
      await site.host.startOvsdb();
      await found(site.host);
      await site.controller?.settled();
      await until('the endpoints to be connected', () => [...site.guests].every(({ endpoint }) => endpoint.connected));
      return performance.now();
    },
  },
  {
    name: `${MANY} updates pile up for an agent that stands still`,
    rare: true,
    happen: async (world, { host, agent, guests }) => {
      const guest = world.random.pick([...guests]);
      agent.signal('SIGSTOP');
      try {
        if (guest !== undefined) await updateOften(host, guest.name, MANY);
      } finally {
        agent.signal('SIGCONT');
      }
      return performance.now();
    },
  },
];

import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Host } from './host.ts';

/**
 * Ends everything that runs on a host with libvirt at once and empties its /run, as the next boot finds it. The database and
 * what libvirt has defined are kept.
 */
export async function powerFailure(host: Host): Promise<void> {
  await host.libvirt.crash();
  await host.killVswitchd('SIGKILL');
  await host.killOvsdb('SIGKILL');
  await emptyFolder(dirname(host.rundir));
  await mkdir(host.rundir);
  // Not a system's own folder: guests of the lab have their consoles there.
  await mkdir(join(dirname(host.rundir), 'guest'));
}

/** Removes all that is in the folder, but not the folder: something may be mounted on it, or watch it. */
export async function emptyFolder(folder: string): Promise<void> {
  for (const entry of await readdir(folder)) await rm(join(folder, entry), { recursive: true, force: true });
}

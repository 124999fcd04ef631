import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deleteNetns } from './netns.ts';
import { run } from './run.ts';

/** Every namespace and folder of a lab starts so, and goes on with the pid of the process that owns it. */
export const PREFIX = 'pvlab-';

function owner(name: string): number | undefined {
  const match = /^pvlab-(\d+)-/.exec(name);
  return match ? Number(match[1]) : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function isLeftOver(name: string): boolean {
  const pid = owner(name);
  return pid !== undefined && !isAlive(pid);
}

/** Removes the namespaces, with the processes inside, and the folders of labs whose process is dead. */
export async function removeLeftovers(): Promise<void> {
  const lines = await run('ip', ['netns', 'list']);
  for (const line of lines.split('\n')) {
    const name = line.split(' ')[0];
    // Two labs may start at once and clean up at once: what the other one removed first is as good as removed.
    if (name !== undefined && isLeftOver(name)) await deleteNetns(name).catch(() => undefined);
  }
  for (const name of await readdir(tmpdir())) {
    if (isLeftOver(name)) await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

import { copyFile, mkdir, open, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Daemon } from '../lab/daemon.ts';
import type { Host } from '../lab/host.ts';
import { run } from '../lab/run.ts';
import { until } from '../lab/until.ts';

/** Bytes a host's database may grow to before the disk is full by itself; memory is taken as it grows only. */
const SIZE = 32 * 1024 * 1024;
const CHUNK = Buffer.alloc(1024 * 1024);
/** Bytes of a page: what is left of the database's last one still takes small transactions. */
const PAGE = 4096;

/**
 * A disk of its own for a host's database, that can be filled: a tmpfs in a mount namespace that one idle process keeps. The
 * rest of the machine sees it by way of that process alone, and it goes away with it.
 */
export class SmallDisk {
  readonly #host: Host;
  readonly #filler: string;

  private constructor(host: Host, filler: string) {
    this.#host = host;
    this.#filler = filler;
  }

  /** Moves the database of `host` to a small disk; ovsdb-server is restarted for that. */
  static async under(host: Host): Promise<SmallDisk> {
    const folder = join(host.folder, 'disk');
    await mkdir(folder);
    const mount = `mount -t tmpfs -o size=${SIZE} none "$1" && exec sleep infinity`;
    const keeper = Daemon.start(
      `disk of ${host.name}`,
      ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', mount, 'sh', folder],
      { output: join(host.folder, 'log', 'disk.out') },
    );
    host.onClose(() => keeper.kill('SIGKILL'));
    await until('the disk to be mounted', async () =>
      (await readFile(`/proc/${keeper.pid}/mountinfo`, 'utf8')).includes(folder),
    );
    const seen = join(`/proc/${keeper.pid}/root`, folder);
    const file = join(host.folder, 'etc', 'conf.db');
    await host.killOvsdb();
    await copyFile(file, join(seen, 'conf.db'));
    await rm(file);
    // ovsdb-server follows the link, for its lock and its compaction as well.
    await symlink(join(seen, 'conf.db'), file);
    await host.startOvsdb();
    // A change that ovs-vswitchd has to take note of shows when it has found the database again.
    await host.vsctl('set', 'Open_vSwitch', '.', 'external_ids:moved=true');
    return new SmallDisk(host, join(seen, 'filler'));
  }

  /** Fills it to the last byte that a transaction could use. */
  async fill(): Promise<void> {
    const file = await open(this.#filler, 'w');
    try {
      for (const size of [CHUNK.length, PAGE]) while (await fits(file, size));
    } finally {
      await file.close();
    }
    // The least a transaction can be: whatever else is written is longer.
    const least = { op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['next_cfg', '+=', 1]] };
    const request = JSON.stringify(['Open_vSwitch', least]);
    const taken = async (): Promise<boolean> =>
      !(await run('ovsdb-client', ['transact', `unix:${this.#host.dbSocket}`, request])).includes('"error"');
    await until('no transaction to be taken', async () => !(await taken()));
  }

  /** Makes room again. */
  async free(): Promise<void> {
    await rm(this.#filler, { force: true });
  }
}

async function fits(file: Awaited<ReturnType<typeof open>>, size: number): Promise<boolean> {
  try {
    return (await file.write(CHUNK, 0, size)).bytesWritten > 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}

import { parseRemote } from '../../src/ovsdb/remote.ts';
import { VswitchDatabase } from '../../src/vswitch/database.ts';
import type { Host } from '../lab/host.ts';

/** Transactions under way at once. */
const BATCH = 500;
/** Different keys that are written. */
const KEYS = 50;

/**
 * Changes the external_ids of an interface `count` times, each in a transaction of its own that the server commits and tells its
 * clients of; what is written counts up from 0 in `note-<number modulo 50>`.
 */
export async function updateOften(host: Host, name: string, count: number): Promise<void> {
  const database = new VswitchDatabase({ remotes: [parseRemote(`unix:${host.dbSocket}`)] });
  try {
    await database.ready({ timeoutMs: 10_000 });
    const change = (number: number) => {
      const key = `note-${number % KEYS}`;
      return database.transact(
        [
          {
            op: 'mutate',
            table: 'Interface',
            where: [['name', '==', name]],
            mutations: [
              ['external_ids', 'delete', ['set', [key]]],
              ['external_ids', 'insert', ['map', [[key, `${number}`]]]],
            ],
          },
        ],
        { timeoutMs: 30_000 },
      );
    };
    for (let done = 0; done < count; done += BATCH)
      await Promise.all(Array.from({ length: Math.min(BATCH, count - done) }, (_, index) => change(done + index)));
  } finally {
    database.close();
  }
}

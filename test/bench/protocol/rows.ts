import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Operation } from '../../../src/ovsdb/operation.ts';
import { stringMap } from '../../../src/ovsdb/operation.ts';
import { OvsdbSession } from '../../../src/ovsdb/session.ts';
import { Daemon } from '../../lab/daemon.ts';
import { run } from '../../lab/run.ts';
import type { Task } from '../benchmark.ts';

const TEXT = { type: { key: 'string', value: 'string', min: 0, max: 'unlimited' } };
const SCHEMA = {
  ...{ name: 'Many', version: '1.0.0' },
  tables: { Thing: { isRoot: true, columns: { name: { type: 'string' }, external_ids: TEXT } } },
};
const BATCH = 5000;
/** In milliseconds: of a loop that nothing holds, a timer is late by about as much. */
const RESOLUTION = 1;

/** How long the content of a database of many rows holds the event loop, and how long it takes to have it; from a real ovsdb-server. */
export async function rows({ report, effort }: Task): Promise<void> {
  const count = effort.bulk * 10_000;
  const folder = await mkdtemp(join(tmpdir(), 'pvlan-bench-'));
  const [schema, file, socket] = ['schema', 'db', 'sock'].map((name) => join(folder, name));
  if (schema === undefined || file === undefined || socket === undefined) return;
  await writeFile(schema, JSON.stringify(SCHEMA));
  await run('ovsdb-tool', ['create', file, schema]);
  const args = [file, `--remote=punix:${socket}`, `--unixctl=${join(folder, 'ctl')}`, '-vconsole:off', '--no-chdir'];
  const server = Daemon.start('ovsdb-server', ['ovsdb-server', ...args], { output: join(folder, 'out') });
  const open = (columns: readonly string[]): OvsdbSession =>
    new OvsdbSession({
      ...{ database: 'Many', remotes: [{ kind: 'unix', path: socket }], minBackoffMs: 20 },
      monitor: { Thing: { columns, ...(columns.length === 1 ? { where: [false] } : {}) } },
    });
  try {
    const writer = open(['name']);
    await writer.ready({ timeoutMs: 30_000 });
    for (let from = 0; from < count; from += BATCH) {
      const inserts = Array.from({ length: BATCH }, (_, index): Operation => {
        const ids = {
          'iface-id': `nic-${from + index}`,
          'attached-mac': '52:54:00:00:00:01',
          'vm-id': `vm-${from + index}`,
        };
        return { op: 'insert', table: 'Thing', row: { name: `vnet${from + index}`, external_ids: stringMap(ids) } };
      });
      await writer.transact(inserts);
    }
    writer.close();
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
    const start = performance.now();
    histogram.enable();
    const reader = open(['name', 'external_ids']);
    await reader.ready({ timeoutMs: 120_000 });
    const took = performance.now() - start;
    histogram.disable();
    reader.close();
    const place = { benchmark: 'protocol' };
    const late = (percent: number): number => Math.max(0, histogram.percentile(percent) / 1e6 - RESOLUTION);
    report.note(place, 'session', `${count} rows of a server → synced`, took);
    report.note(place, 'session', `${count} rows: hold of the event loop, 99th percentile`, late(99));
    report.note(place, 'session', `${count} rows: longest hold of the event loop`, late(100));
    report.limit(place, `${count} rows: event loop held <= 20 ms`, late(100), 20);
  } finally {
    await server.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

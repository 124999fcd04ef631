import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../lab/host.ts';

/** Nanoseconds that the thread which forwards has run. */
export async function processorTime(host: Host): Promise<number> {
  const pid = (await readFile(join(host.rundir, 'ovs-vswitchd.pid'), 'utf8')).trim();
  const schedule = await readFile(`/proc/${pid}/task/${pid}/schedstat`, 'utf8');
  return Number(schedule.split(' ')[0]);
}

/** Flows of the datapath, and how many sets of bits they compare. */
export async function datapathSize(host: Host): Promise<{ megaflows: number; masks: number }> {
  const lines = (await host.appctl('dpctl/dump-flows', '-m')).split('\n').filter((line) => line.includes('packets:'));
  const shapes = lines.map((line) =>
    line
      .slice(0, line.indexOf(', packets:'))
      .replace(/ufid:[^,]*, /, '')
      .replace(/(?<=[=(])[^(),=/]+(?=[/,)])/g, '*'),
  );
  return { megaflows: lines.length, masks: new Set(shapes).size };
}

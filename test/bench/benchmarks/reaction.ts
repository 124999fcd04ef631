import { fileURLToPath } from 'node:url';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Task } from '../benchmark.ts';
import { Daemon } from '../../lab/daemon.ts';
import { run } from '../../lab/run.ts';
import { until } from '../../lab/until.ts';
import { filledSite } from '../site/filled-site.ts';
import { Ovn, ovnIsInstalled } from '../site/ovn.ts';
import type { Site } from '../site/site.ts';

const BENCHMARK = 'reaction';
const WHAT = 'number → mark, born parked';
const BARE = fileURLToPath(new URL('../site/bare-client.ts', import.meta.url));

/** From a port's number in OVSDB to its mark in OVSDB, one guest after the other, beside others who do the same. */
export async function reaction(task: Task): Promise<void> {
  const { ports, report, effort, progress } = task;
  const place = { benchmark: BENCHMARK, ports };
  const site = await filledSite(task);
  try {
    progress('births, born parked');
    const cost = await site.agentCost();
    const parkedTimes = await births(site, effort.births, true);
    const spent = (await site.agentCost()) - cost;
    progress('births, not born parked');
    const openTimes = await births(site, Math.ceil(effort.births / 2), false);
    await site.agent.kill();
    progress('the same by a bare client');
    const client = await bareClient(site);
    const bareTimes = await births(site, effort.births, true, { settle: false });
    await client.kill();
    progress("the hook's work");
    const hookTimes = await hookWork(site, Math.max(3, Math.ceil(effort.births / 6)));

    const agent = report.note(place, 'agent', WHAT, parkedTimes);
    const open = report.note(place, 'agent', 'number → mark, not born parked', openTimes);
    const bare = report.note(place, 'bare client', WHAT, bareTimes);
    report.note(place, 'agent', 'processor time of a birth and a death', spent / effort.births);
    report.note(place, 'hook', 'flows of a guest by ovs-ofctl, as a hook installs them', hookTimes);
    report.ratio(place, 'number → mark, born parked: p50 <= 2 × bare client', agent.p50, bare.p50, { atMost: 2 });
    report.ratio(place, 'number → mark, born parked: p99 <= 3 × bare client', agent.p99, bare.p99, { atMost: 3 });
    report.ratio(place, 'not born parked: p50 <= 4 × bare client', open.p50, bare.p50, { atMost: 4 });
    await site.close();

    if (!(await ovnIsInstalled())) return;
    progress('the same by OVN');
    const ovn = await Ovn.filled(ports, effort.births);
    try {
      const rival = report.note(place, 'OVN', WHAT, await births(ovn.site, effort.births, true, { settle: false }));
      report.ratio(place, 'number → mark: p50 ahead of OVN', agent.p50, rival.p50, { atMost: 1 });
    } finally {
      await ovn.close();
    }
  } finally {
    await site.close();
  }
}

/** Plugs guests in one after the other, each of which goes before the next comes; milliseconds from number to mark. */
async function births(site: Site, count: number, bornParked: boolean, { settle = true } = {}): Promise<number[]> {
  const times: number[] = [];
  for (let done = 0; done < count; done += 1) {
    const names = await site.plug(1, { bornParked });
    const [[numbered = NaN], [marked = NaN]] = await Promise.all([
      site.onlooker.seen(names, 'numbered'),
      site.onlooker.seen(names, 'marked'),
    ]);
    times.push(marked - numbered);
    await site.unplug(names);
    // What it takes to clean up after one is not to fall on the next.
    if (settle) await site.flowsGone(names);
  }
  return times;
}

async function bareClient({ host, bridge }: Site): Promise<Daemon> {
  const output = join(host.folder, 'log', 'bare-client');
  const argv = [process.execPath, '--import', 'tsx', BARE, host.dbSocket, join(host.rundir, `${bridge}.mgmt`)];
  const client = Daemon.start('the bare client', argv, { output });
  host.onClose(() => client.kill('SIGKILL'));
  await until('the bare client', async () => (await readFile(output, 'utf8').catch(() => '')).includes('ready'));
  return client;
}

/** What a hook script of libvirt does for a guest: a process that fetches the names of the tables and adds its flows. */
async function hookWork({ host, bridge }: Site, count: number): Promise<number[]> {
  const times: number[] = [];
  const flows = Array.from(
    { length: 8 },
    (_, number) => `table=200,priority=${100 + number},in_port=60000,actions=drop`,
  );
  for (let done = 0; done < count; done += 1) {
    const start = performance.now();
    const args = ['-O', 'OpenFlow14', 'add-flows', bridge, '-'];
    await run('ovs-ofctl', args, { env: { OVS_RUNDIR: host.rundir }, input: `${flows.join('\n')}\n` });
    times.push(performance.now() - start);
  }
  await host.ofctl('del-flows', bridge, 'table=200');
  return times;
}

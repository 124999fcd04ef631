import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Task } from '../benchmark.ts';
import { run } from '../../lab/run.ts';
import { until } from '../../lab/until.ts';
import { filledSite } from '../site/filled-site.ts';
import type { Site } from '../site/site.ts';

const BENCHMARK = 'resync';
const WHAT = 'no flow of ours → all of them';

/** ovs-vswitchd dies and comes back without a flow; beside `ovs-ofctl --bundle add-flows` of the same flows. */
export async function resync(task: Task): Promise<void> {
  const { ports, report, effort, progress } = task;
  const place = { benchmark: BENCHMARK, ports };
  const site = await filledSite(task, { watched: true });
  try {
    const count = await site.flowCount();
    const repeats = Math.min(effort.repeats, 3);
    await site.loopDelay();
    const restarts: number[] = [];
    progress('ovs-vswitchd restarted');
    for (let turn = 0; turn < repeats; turn += 1) restarts.push(await restarted(site, count));
    const late = await site.loopDelay();
    progress('by ovs-ofctl');
    const flows = await flowsOf(site);
    await site.agent.kill();
    const ofctl: number[] = [];
    for (let turn = 0; turn < repeats; turn += 1) {
      await site.host.ofctl('--no-names', 'del-flows', site.bridge);
      const began = performance.now();
      const args = ['-O', 'OpenFlow14', '--no-names', '--bundle', 'add-flows', site.bridge, '-'];
      await run('ovs-ofctl', args, { env: { OVS_RUNDIR: site.host.rundir }, input: flows, timeout: 120_000 });
      ofctl.push(performance.now() - began);
    }
    report.note(place, 'agent', 'flows', count, 'number');
    const agent = report.note(place, 'agent', `OpenFlow socket back → all flows`, restarts);
    const other = report.note(place, 'ovs-ofctl --bundle', WHAT, ofctl);
    report.note(place, 'agent', 'longest hold of the event loop', late.max);
    report.ratio(place, 'ovs-vswitchd restarted <= 1.3 × ovs-ofctl --bundle add-flows', agent.p50, other.p50, {
      atMost: 1.3,
    });
    report.limit(place, 'event loop held <= 20 ms', late.max, 20);
  } finally {
    await site.close();
  }
}

/** Milliseconds from when ovs-vswitchd takes connections to the bridge again until the flows are all back. */
async function restarted(site: Site, count: number): Promise<number> {
  const { host } = site;
  await host.killVswitchd();
  const back = host.startVswitchd();
  const path = join(host.rundir, `${site.bridge}.mgmt`);
  await until('ovs-vswitchd to take connections', () => accepts(path), { timeout: 120_000, interval: 2 });
  const began = performance.now();
  await until('all flows', async () => (await site.flowCount().catch(() => 0)) >= count, {
    timeout: 120_000,
    interval: 2,
  });
  const took = performance.now() - began;
  await back;
  return took;
}

async function accepts(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The flows that are there, as `add-flows` takes them. */
async function flowsOf({ host, bridge }: Site): Promise<string> {
  const args = ['-O', 'OpenFlow14', '--no-names', '--no-stats', 'dump-flows', bridge];
  const text = await run('ovs-ofctl', args, { env: { OVS_RUNDIR: host.rundir }, timeout: 120_000 });
  const lines = text.split('\n').filter((line) => line.includes('actions='));
  return `${lines.map((line) => line.replace(/ (?:send_flow_rem|reset_counts)\b,?/g, '').trim()).join('\n')}\n`;
}

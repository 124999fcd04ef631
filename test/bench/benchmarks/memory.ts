import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import type { Task } from '../benchmark.ts';
import { lineGraph, type Point } from '../report/line-graph.ts';
import { filledSite } from '../site/filled-site.ts';
import { residentMiB } from '../site/process-use.ts';

const BENCHMARK = 'memory';
const LIMITS: ReadonlyMap<number, number> = new Map([
  [10, 70],
  [1000, 90],
  [4000, 140],
]);
/** How often memory is looked at during churn, in milliseconds, and how many guests come and go between two looks. */
const LOOK_MS = 5000;
const CHURN = 5;

/** What the agent keeps resident once all ports are served, beside Node alone. */
export async function memory(task: Task): Promise<void> {
  const { ports, report, effort, progress } = task;
  const place = { benchmark: BENCHMARK, ports };
  const site = await filledSite(task);
  try {
    progress('all ports served');
    report.note(
      place,
      'agent',
      'resident, just after all ports came at once',
      await residentMiB(site.agent.pid),
      'MiB',
    );
    await delay(Math.min(effort.seconds, 10) * 1000);
    await site.agent.kill();
    site.agent.restart();
    await site.answers();
    await delay(Math.min(effort.seconds, 10) * 1000);
    const resident = await residentMiB(site.agent.pid);
    report.note(place, 'agent', 'resident, started with all ports there', resident, 'MiB');
    report.note(place, 'Node alone', 'resident', await nodeAlone(), 'MiB');
    const limit = LIMITS.get(ports);
    if (limit !== undefined) report.limit(place, `resident <= ${limit} MiB`, resident, limit, 'MiB');
  } finally {
    await site.close();
  }
}

/** Guests that come and go for so many minutes, with a graph of the agent's memory as an SVG. */
export async function churn(task: Task, minutes: number, file: string): Promise<void> {
  const { ports, report, progress } = task;
  const site = await filledSite(task);
  const points: Point[] = [];
  let born = 0;
  try {
    const start = performance.now();
    while (performance.now() - start < minutes * 60_000) {
      const names = await site.plug(CHURN, { bornParked: born % 2 === 0 });
      await site.onlooker.seen(names, 'marked');
      await site.unplug(names);
      await site.flowsGone(names);
      born += CHURN;
      points.push({ x: (performance.now() - start) / 60_000, y: await residentMiB(site.agent.pid) });
      if (points.length % 100 === 1) progress(`${born} guests have come and gone`);
      // Written again and again: a run of hours that is broken off has its graph, too.
      const title = `Resident memory of the agent with ${ports} ports, ${born} guests having come and gone`;
      await writeFile(file, lineGraph(points, { title, x: 'minutes', y: 'MiB' }));
      await delay(LOOK_MS);
    }
    const half = points.slice(points.length >> 1).map(({ y }) => y);
    const place = { benchmark: BENCHMARK, ports };
    report.note(place, 'agent', `resident during the second half of ${minutes} minutes of churn`, half, 'MiB');
    report.note(place, 'agent', 'guests that came and went', born, 'number');
  } finally {
    await site.close();
  }
}

async function nodeAlone(): Promise<number> {
  const child = spawn(process.execPath, ['-e', "process.stdout.write('up'); setInterval(() => {}, 1000)"]);
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    return await residentMiB(child.pid ?? 0);
  } finally {
    child.kill('SIGKILL');
  }
}

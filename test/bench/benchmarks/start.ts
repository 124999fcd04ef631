import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import type { Task } from '../benchmark.ts';
import { until } from '../../lab/until.ts';
import { filledSite } from '../site/filled-site.ts';
import type { Site } from '../site/site.ts';

const BENCHMARK = 'start';
/** In milliseconds: as long as nothing is done, an agent has ended its start. */
const QUIET_MS = 150;
/** Indications for the machine that the goals were set on. */
const LIMITS: ReadonlyMap<number, number> = new Map([
  [1000, 250],
  [4000, 800],
]);

/** The agent's start where all is in place already, and where a port waits for it; beside Node alone. */
export async function start(task: Task): Promise<void> {
  const { ports, report, effort, progress } = task;
  const place = { benchmark: BENCHMARK, ports };
  const site = await filledSite(task);
  try {
    progress('with nothing to change');
    const [settled, cost, changes]: [number[], number[], number[]] = [[], [], []];
    const openflow = await site.openflow();
    for (let turn = 0; turn < effort.repeats; turn += 1) {
      let changed = 0;
      const watch = openflow.monitorFlows().subscribe(() => {
        changed += 1;
      });
      await openflow.barrier();
      const { ms, processorMs } = await untilQuiet(site);
      await openflow.barrier();
      watch.unsubscribe();
      settled.push(ms);
      cost.push(processorMs);
      changes.push(changed);
    }
    progress('with a port to protect');
    const first: number[] = [];
    for (let turn = 0; turn < effort.repeats; turn += 1) {
      await site.agent.kill();
      const names = await site.plug(1);
      await site.onlooker.seen(names, 'numbered');
      const began = performance.now();
      site.agent.restart();
      const [marked = NaN] = await site.onlooker.seen(names, 'marked');
      first.push(marked - began);
      await site.unplug(names);
    }
    progress('Node alone');
    const node: number[] = [];
    for (let turn = 0; turn < effort.repeats; turn += 1) {
      const began = performance.now();
      await execa(process.execPath, ['-e', '0']);
      node.push(performance.now() - began);
    }
    const done = report.note(place, 'agent', 'exec → it has looked at everything, nothing to change', settled);
    report.note(place, 'agent', 'processor time of a start', cost);
    const changesSeen = report.note(place, 'agent', 'flows changed by a start', changes, 'number');
    const protectedPort = report.note(place, 'agent', 'exec → mark of a port that waited', first);
    report.note(place, 'Node alone', 'exec → end of an empty program', node);
    const limit = LIMITS.get(ports);
    if (limit !== undefined) report.limit(place, `start with nothing to change <= ${limit} ms`, done.p50, limit);
    report.limit(place, 'flows changed by a start: 0', changesSeen.p99, 0, 'number');
    if (ports <= 1000) report.limit(place, 'first protected port <= 300 ms after exec', protectedPort.p50, 300);
  } finally {
    await site.close();
  }
}

/**
 * Starts the agent again, and waits until it answers and uses no more of the processor. Returns how long that was, from exec on, up to the
 * last look at which it had still used some.
 */
async function untilQuiet(site: Site): Promise<{ readonly ms: number; readonly processorMs: number }> {
  await site.agent.kill();
  const began = performance.now();
  site.agent.restart();
  let used = 0;
  let lastUse = began;
  await until(
    'the agent to have started',
    async () => {
      const now = await site.agentCost().catch(() => 0);
      // Timers of an idle process use some, too.
      if (now > used + 0.5) {
        lastUse = performance.now();
        used = now;
      }
      return performance.now() - lastUse > QUIET_MS && (await logged(site));
    },
    { timeout: 60_000, interval: 2 },
  );
  await delay(0);
  return { ms: lastUse - began, processorMs: used };
}

/** Whether the agent that runs has begun its work. */
async function logged({ agent }: Site): Promise<boolean> {
  const words = (await readFile(agent.log, 'utf8')).split(' started"').at(-1) ?? '';
  return words.includes('active: this agent holds the lock');
}

import type { Task } from '../benchmark.ts';
import { filledSite } from '../site/filled-site.ts';
import { Site } from '../site/site.ts';

const BENCHMARK = 'deaths';

/** A tenth of all ports, 400 of 4,000, goes with one transaction; beside ovs-vswitchd alone. */
export async function deaths(task: Task): Promise<void> {
  const { ports, report, progress } = task;
  const place = { benchmark: BENCHMARK, ports };
  const some = Math.max(1, Math.ceil(ports / 10));
  progress('ovs-vswitchd alone');
  const alone = await Site.create();
  let aloneMs: number;
  try {
    const names = await alone.plug(ports);
    await alone.onlooker.seen(names, 'numbered');
    aloneMs = await gone(alone, names.slice(0, some));
  } finally {
    await alone.close();
  }
  progress('with the agent');
  const site = await filledSite(task, { watched: true });
  try {
    await site.loopDelay();
    const before = await site.flowCount();
    const names = Array.from({ length: some }, (_, index) => `g${index + 1}`);
    const start = performance.now();
    const switchMs = await gone(site, names);
    await site.flowsGone(names);
    const flowsMs = performance.now() - start;
    const late = await site.loopDelay();
    report.note(place, 'ovs-vswitchd alone', `${some} ports gone and the next one numbered`, aloneMs);
    report.note(place, 'ovs-vswitchd with the agent', `${some} ports gone and the next one numbered`, switchMs);
    report.note(place, 'agent', `${some} ports gone, and their flows`, flowsMs);
    report.note(place, 'agent', 'flows taken away', before - (await site.flowCount()), 'number');
    report.note(place, 'agent', 'longest hold of the event loop', late.max);
    report.ratio(place, 'a tenth removed <= 1.2 × ovs-vswitchd alone', flowsMs, aloneMs, { atMost: 1.2 });
    report.limit(place, 'event loop held <= 20 ms', late.max, 20);
  } finally {
    await site.close();
  }
}

async function gone(site: Site, names: readonly string[]): Promise<number> {
  const start = performance.now();
  await site.unplug(names);
  const next = await site.plug(1);
  const [numbered = NaN] = await site.onlooker.seen(next, 'numbered');
  return numbered - start;
}

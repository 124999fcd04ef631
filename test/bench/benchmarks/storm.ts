import { setTimeout as delay } from 'node:timers/promises';
import type { Task } from '../benchmark.ts';
import { Ovn, ovnIsInstalled } from '../site/ovn.ts';
import { Site } from '../site/site.ts';

const BENCHMARK = 'storm';
const WHAT = 'transaction → last port served';
/** While a storm lasts, a guest comes this often, in milliseconds. */
const NEWCOMER_MS = 250;

/** All ports with one transaction, as after a reboot of the host; beside ovs-vswitchd alone, which only numbers them, and OVN. */
export async function storm(task: Task): Promise<void> {
  const { ports, report, bundle, progress } = task;
  const place = { benchmark: BENCHMARK, ports };
  progress('ovs-vswitchd alone');
  const alone = await Site.create();
  let aloneMs: number;
  let aloneCost: number;
  try {
    const cost = await alone.switchCost();
    aloneMs = await served(alone, ports, 'numbered');
    aloneCost = (await alone.switchCost()) - cost;
  } finally {
    await alone.close();
  }
  report.note(place, 'ovs-vswitchd alone', WHAT, aloneMs);
  report.note(place, 'ovs-vswitchd alone', 'processor time', aloneCost);

  progress('with the agent');
  const site = await Site.create();
  try {
    await site.startAgent(bundle, { watched: true });
    await site.loopDelay();
    const [agentCost, switchCost] = [await site.agentCost(), await site.switchCost()];
    const agentMs = await served(site, ports, 'marked');
    const [agent, vswitchd] = [(await site.agentCost()) - agentCost, (await site.switchCost()) - switchCost];
    const late = await site.loopDelay();
    report.note(place, 'agent', WHAT, agentMs);
    report.note(place, 'agent', 'processor time', agent);
    report.note(place, 'ovs-vswitchd with the agent', 'processor time', vswitchd);
    report.note(place, 'agent', 'longest hold of the event loop', late.max);
    report.ratio(place, 'all ports at once <= 1.15 × ovs-vswitchd alone', agentMs, aloneMs, { atMost: 1.15 });
    report.ratio(place, "processor <= 0.15 × ovs-vswitchd's", agent, vswitchd, { atMost: 0.15 });
    report.limit(place, 'event loop held <= 20 ms', late.max, 20);
  } finally {
    await site.close();
  }

  progress('newcomers during it');
  report.limit(place, 'a newcomer during it: p99 <= 50 ms', await newcomers(task), 50);

  if (!(await ovnIsInstalled())) return;
  progress('with OVN');
  const ovn = await Ovn.expecting(ports);
  try {
    report.note(place, 'OVN', WHAT, await served(ovn.site, ports, 'marked'));
  } finally {
    await ovn.close();
  }
}

/** Milliseconds from the start of the transaction to when the last of `ports` is seen so. */
async function served(site: Site, ports: number, sight: 'numbered' | 'marked'): Promise<number> {
  const start = performance.now();
  const times = await site.onlooker.seen(await site.plug(ports), sight);
  return Math.max(...times) - start;
}

/** The 99th percentile of number → mark of guests that come one by one while all others come at once. */
async function newcomers({ ports, bundle, report }: Task): Promise<number> {
  const site = await Site.create();
  try {
    await site.startAgent(bundle);
    const storm = await site.plug(ports);
    const ended = new AbortController();
    const all = site.onlooker.seen(storm, 'marked').finally(() => {
      ended.abort();
    });
    const came: string[] = [];
    do {
      came.push(...(await site.plug(1)));
      await delay(NEWCOMER_MS);
    } while (!ended.signal.aborted);
    await all;
    const [numbered, marked] = [await site.onlooker.seen(came, 'numbered'), await site.onlooker.seen(came, 'marked')];
    const times = marked.map((mark, index) => mark - (numbered[index] ?? NaN));
    return report.note({ benchmark: BENCHMARK, ports }, 'agent', 'number → mark of a newcomer during it', times).p99;
  } finally {
    await site.close();
  }
}

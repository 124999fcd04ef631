import { Deck } from './deck.ts';
import type { Fault } from './fault.ts';
import { FAULTS } from './faults.ts';
import { leaks, Memory } from './memory.ts';
import { MODES, type Mode } from './mode.ts';
import { Random } from './random.ts';
import { Report, type ChaosReport } from './report.ts';
import { World, type Site } from './world.ts';

export interface ChaosOptions {
  readonly seed: number;
  /** One after the other; default: each once. */
  readonly modes?: readonly Mode[];
  /** Stops after so many faults. */
  readonly faults: number;
  /** Stops after so many milliseconds, too. */
  readonly durationMs?: number;
  readonly progress?: (line: string) => void;
}

/** A forbidden frame arrived, permitted ones did not, or an agent grows; the message has the seed and what happened before. */
export class ChaosFailure extends Error {
  readonly code = 'CHAOS';
}

const EVERYDAY_BETWEEN_FAULTS = 2;
/** Long enough for anything that will happen at all, in milliseconds. */
const PATIENCE_MS = 15_000;
/** Longer than anything takes that goes as it should, the agent's own emptying of caches included, in milliseconds. */
const SUSPICION_MS = 6000;
/** How often ovs-vswitchd may be left with stale caches for the harness to empty, in each 100 faults. */
const MOST_STALE_CACHES = 1;
/** How long a port may stand open that another writer opens: many times the agent's wait in a fight, in milliseconds. */
const MOST_UNPARKED_MS = 30_000;

/**
 * Lets things go wrong, one after the other, the same for the same seed as far as the kernel allows: for each wire mode on a new
 * lab, with an equal share of the faults and of the time.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const modes = options.modes ?? MODES;
  const report = new Report();
  for (const [index, mode] of modes.entries()) {
    const share = {
      ...options,
      seed: options.seed + index,
      mode,
      faults: Math.ceil(options.faults / modes.length),
      ...(options.durationMs === undefined ? {} : { durationMs: options.durationMs / modes.length }),
    };
    await runMode(share, report);
  }
  if (report.staleCaches > Math.ceil(report.faults / 100) * MOST_STALE_CACHES)
    throw new ChaosFailure(
      `seed ${options.seed}: ${report.staleCaches} times the agent left ovs-vswitchd with stale caches, in ${report.faults} faults`,
    );
  return report;
}

async function runMode(options: Omit<ChaosOptions, 'modes'> & { readonly mode: Mode }, report: Report): Promise<void> {
  const { seed, mode } = options;
  const random = new Random(seed);
  const world = await World.create(random, mode);
  const memory = new Memory();
  const end = performance.now() + (options.durationMs ?? Infinity);
  const name = `${mode} mode, seed ${seed}`;
  try {
    world.traffic.start();
    await world.traffic.restored(performance.now(), PATIENCE_MS);
    await world.foreignKept();
    const deck = new Deck(FAULTS, random);
    for (let happened = 0; happened < options.faults && performance.now() < end; happened += 1) {
      const fault = deck.draw();
      const site = fault === undefined ? undefined : siteFor(fault, world);
      if (fault === undefined || site === undefined) break;
      const took = await survive(fault, site, world, report);
      report.survived(fault.name, took);
      for (const { host, agent } of world.sites) await memory.sample(`agent on ${host.name} in ${mode} mode`, agent);
      options.progress?.(`${report.faults}: ${fault.name} on ${site.host.name}, ${mode}: ${took.toFixed(1)} ms`);
      check(world, name);
    }
    report.flowBackMs.push(...world.flowBackMs);
    report.unparkedMs.push(...world.unparkedMs);
    report.count(world.traffic);
    report.lives.push(...memory.lives());
    const leaking = memory.lives().filter(leaks);
    if (leaking.length > 0) throw new Error(`an agent's memory grows: ${JSON.stringify(leaking)}`);
  } catch (error) {
    if (error instanceof ChaosFailure) throw error;
    for (const { at, text } of world.traffic.violations) world.timeline.note(`VIOLATION ${text}`, at);
    throw new ChaosFailure(`${name}: ${String(error)}\n${world.timeline.text()}`, { cause: error });
  } finally {
    await world.close();
  }
}

/** Where a fault happens. The first agent lives as long as the run, so that its memory shows what a long life does. */
function siteFor(fault: Fault, { random, sites }: World): Site | undefined {
  return random.pick(fault.endsAgent === true ? sites.slice(1) : sites);
}

/** Some everyday changes, then the fault; returns how long permitted traffic took to come back, in milliseconds. */
async function survive(fault: Fault, site: Site, world: World, report: Report): Promise<number> {
  const { random, timeline, traffic } = world;
  for (let count = random.below(EVERYDAY_BETWEEN_FAULTS + 1); count > 0; count -= 1) await world.everyday();
  await world.settled();
  await restored(world, performance.now(), report);
  timeline.note(`FAULT ${fault.name} on ${site.host.name}`);
  if (fault.flowless === true) traffic.flowsMayBeGone(site.host, { keepsLocks: fault.keepsLocks === true });
  const since = await fault.happen(world, site);
  timeline.note('the fault is over', since);
  // Agents first: what they say is what may be relied on.
  const [took] = await Promise.all([restored(world, since, report), world.settled()]);
  traffic.flowsAreBack();
  timeline.note(`permitted frames arrive again, ${took.toFixed(1)} ms later`);
  await world.foreignKept();
  return took;
}

/**
 * As `Traffic.restored`. ovs-vswitchd 3.1 may forward by a flow in its userspace datapath that its tables do not say any more: when
 * the tables change twice at short intervals, a modification of one cached flow can hit another that overlaps it
 * (lib/dpif-netdev.c, flow_put_on_pmd, looks for it by a packet's key), and the stale one stays while frames use it. The agent
 * empties the caches after its changes; where frames arrive only once that is done here as well, the tables were right and the
 * caches were not. That is told, counted, and must stay rare.
 */
async function restored({ lab, traffic, timeline }: World, since: number, report: Report): Promise<number> {
  try {
    return await traffic.restored(since, SUSPICION_MS);
  } catch (error) {
    timeline.note(`${String(error)}: the caches of ovs-vswitchd are emptied`);
    for (const host of lab.hosts) await host.appctl('revalidator/purge');
    const took = await traffic.restored(since, PATIENCE_MS);
    report.staleCaches += 1;
    return took;
  }
}

function check({ traffic, timeline, unparkedMs }: World, name: string): void {
  const { violations } = traffic;
  const longest = Math.max(0, ...unparkedMs);
  if (longest > MOST_UNPARKED_MS)
    throw new ChaosFailure(`${name}: a port stood open for ${longest.toFixed(0)} ms\n${timeline.text()}`);
  if (violations.length === 0) return;
  for (const { at, text } of violations.slice(0, 30)) timeline.note(`VIOLATION ${text}`, at);
  throw new ChaosFailure(`${name}: ${violations.length} forbidden frames arrived\n${timeline.text()}`);
}

import { Deck } from './deck.ts';
import { FAULTS } from './faults.ts';
import { MODES, type Mode } from './mode.ts';
import { Random } from './random.ts';
import { World } from './world.ts';

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

/** What a run measured. Times to converge are in milliseconds from when the fault was over. */
export interface ChaosReport {
  readonly faults: number;
  readonly byFault: ReadonlyMap<string, readonly number[]>;
  readonly attacks: number;
  readonly permitted: number;
  readonly arrived: number;
  /** Frames that passed between the birth of a port that was not born parked and the agent's first act. */
  readonly unprotected: number;
  /** Frames tagged with the parking VLAN that passed between parked ports while flows were gone. */
  readonly parkingVlan: number;
  /** Frames of strangers to whoever is not parked on their host, while its flows were gone. */
  readonly unruled: number;
  /** How often frames that the flow tables let through arrived only once the switches' caches were emptied. */
  readonly staleCaches: number;
  /** From when one flow was deleted to when the switch reported it added again, in milliseconds. */
  readonly flowBackMs: readonly number[];
  /** Resident memory of each agent in MiB, sampled after each fault; now and then it is started anew. */
  readonly residentMiB: readonly (readonly number[])[];
}

/** A forbidden frame arrived, or permitted ones did not; the message has the seed and what happened before. */
export class ChaosFailure extends Error {
  readonly code = 'CHAOS';
}

const EVERYDAY_BETWEEN_FAULTS = 2;
/** Long enough for anything that will happen at all, in milliseconds. */
const PATIENCE_MS = 15_000;
/** Longer than anything takes that goes as it should, in milliseconds. */
const SUSPICION_MS = 6000;

/**
 * Lets things go wrong, one after the other, the same for the same seed as far as the kernel allows: for each wire mode on a new
 * lab, with an equal share of the faults and of the time.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const modes = options.modes ?? MODES;
  const report: Report = { ...NOTHING, byFault: new Map(), flowBackMs: [], residentMiB: [] };
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
  return report;
}

type Report = { -readonly [key in keyof ChaosReport]: ChaosReport[key] } & {
  readonly byFault: Map<string, number[]>;
  readonly flowBackMs: number[];
  readonly residentMiB: number[][];
};

const NOTHING = {
  faults: 0,
  attacks: 0,
  permitted: 0,
  arrived: 0,
  unprotected: 0,
  parkingVlan: 0,
  unruled: 0,
  staleCaches: 0,
};

async function runMode(options: Omit<ChaosOptions, 'modes'> & { readonly mode: Mode }, report: Report): Promise<void> {
  const { seed, mode } = options;
  const random = new Random(seed);
  const world = await World.create(random, mode);
  const memory = world.sites.map((): number[] => []);
  report.residentMiB.push(...memory);
  const end = performance.now() + (options.durationMs ?? Infinity);
  const name = `${mode} mode, seed ${options.seed}`;
  let happened = 0;
  try {
    world.traffic.start();
    await world.traffic.restored(performance.now(), PATIENCE_MS);
    const deck = new Deck(FAULTS, random);
    while (happened < options.faults && performance.now() < end) {
      const fault = deck.draw();
      const site = random.pick(world.sites);
      if (fault === undefined || site === undefined) break;
      for (let count = random.below(EVERYDAY_BETWEEN_FAULTS + 1); count > 0; count -= 1) await world.everyday();
      await world.settled();
      await restored(world, performance.now(), report);
      world.timeline.note(`FAULT ${fault.name} on ${site.host.name}`);
      if (fault.flowless === true) world.traffic.flowless.add(site.host);
      const since = await fault.happen(world, site);
      world.timeline.note('the fault is over', since);
      // Agents first: what they say is what may be relied on.
      const [took] = await Promise.all([restored(world, since, report), world.settled()]);
      world.traffic.flowless.clear();
      world.timeline.note(`permitted frames arrive again, ${took.toFixed(1)} ms later`);
      report.byFault.set(fault.name, [...(report.byFault.get(fault.name) ?? []), took]);
      happened += 1;
      report.faults += 1;
      for (const [index, { agent }] of world.sites.entries()) memory[index]?.push(await agent.residentMiB());
      options.progress?.(`${report.faults}: ${fault.name} on ${site.host.name}, ${mode}: ${took.toFixed(1)} ms`);
      check(world, name);
    }
    report.flowBackMs.push(...world.flowBackMs);
    for (const key of COUNTS) report[key] += world.traffic.counts[key];
  } catch (error) {
    if (error instanceof ChaosFailure) throw error;
    for (const { at, text } of world.traffic.violations) world.timeline.note(`VIOLATION ${text}`, at);
    throw new ChaosFailure(`${name}: ${String(error)}\n${world.timeline.text()}`, { cause: error });
  } finally {
    await world.close();
  }
}

/**
 * As `Traffic.restored`. ovs-vswitchd 3.1 may forward by a flow in its userspace datapath that its tables do not say any more: when
 * the tables change twice at short intervals, a modification of one cached flow can hit another that overlaps it
 * (lib/dpif-netdev.c, flow_put_on_pmd, looks for it by a packet's key), and the stale one stays while frames use it. Where frames
 * arrive as soon as the caches are emptied, the tables were right and the caches were not; that is told and counted.
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

const COUNTS = ['attacks', 'permitted', 'arrived', 'unprotected', 'parkingVlan', 'unruled'] as const;

function check({ traffic, timeline }: World, name: string): void {
  const { violations } = traffic;
  if (violations.length === 0) return;
  for (const { at, text } of violations.slice(0, 30)) timeline.note(`VIOLATION ${text}`, at);
  throw new ChaosFailure(`${name}: ${violations.length} forbidden frames arrived\n${timeline.text()}`);
}

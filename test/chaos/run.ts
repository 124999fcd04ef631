import { FAULTS } from './faults.ts';
import { Random } from './random.ts';
import { World } from './world.ts';

export interface ChaosOptions {
  readonly seed: number;
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
  /** From when one flow was deleted to when the switch reported it added again, in milliseconds. */
  readonly flowBackMs: readonly number[];
  /** Resident memory of each agent in MiB, sampled after each fault, since its last start. */
  readonly residentMiB: readonly number[];
}

/** A forbidden frame arrived, or permitted ones did not; the message has the seed and what happened before. */
export class ChaosFailure extends Error {
  readonly code = 'CHAOS';
}

const EVERYDAY_BETWEEN_FAULTS = 2;
/** Long enough for anything that will happen at all, in milliseconds. */
const PATIENCE_MS = 15_000;

/** Lets things go wrong on a new lab, one after the other, the same for the same seed as far as the kernel allows. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const random = new Random(options.seed);
  const world = await World.create(random);
  const byFault = new Map<string, number[]>();
  const residentMiB: number[] = [];
  const end = performance.now() + (options.durationMs ?? Infinity);
  let happened = 0;
  try {
    world.traffic.start();
    await world.traffic.restored(performance.now(), PATIENCE_MS);
    // Every kind once in an order of the seed's, then again in another.
    let deck: (typeof FAULTS)[number][] = [];
    while (happened < options.faults && performance.now() < end) {
      if (deck.length === 0) deck = [...FAULTS];
      const [fault] = deck.splice(random.below(deck.length), 1);
      const site = random.pick(world.sites);
      if (fault === undefined || site === undefined) break;
      for (let count = random.below(EVERYDAY_BETWEEN_FAULTS + 1); count > 0; count -= 1) await world.everyday();
      await world.settled();
      await world.traffic.restored(performance.now(), PATIENCE_MS);
      world.timeline.note(`FAULT ${fault.name} on ${site.host.name}`);
      if (fault.flowless === true) world.traffic.flowless.add(site.host);
      const since = await fault.happen(world, site);
      world.timeline.note('the fault is over', since);
      // Agents first: what they say is what may be relied on.
      const took = await Promise.all([world.traffic.restored(since, PATIENCE_MS), world.settled()]);
      world.traffic.flowless.clear();
      world.timeline.note(`permitted frames arrive again, ${took[0].toFixed(1)} ms later`);
      byFault.set(fault.name, [...(byFault.get(fault.name) ?? []), took[0]]);
      happened += 1;
      for (const { agent } of world.sites) residentMiB.push(await agent.residentMiB());
      options.progress?.(`${happened}: ${fault.name} on ${site.host.name}: ${took[0].toFixed(1)} ms`);
      check(world, options.seed);
    }
    return { faults: happened, byFault, residentMiB, flowBackMs: world.flowBackMs, ...world.traffic.counts };
  } catch (error) {
    if (error instanceof ChaosFailure) throw error;
    for (const { at, text } of world.traffic.violations) world.timeline.note(`VIOLATION ${text}`, at);
    throw new ChaosFailure(`seed ${options.seed}: ${String(error)}\n${world.timeline.text()}`, { cause: error });
  } finally {
    await world.close();
  }
}

function check({ traffic, timeline }: World, seed: number): void {
  const { violations } = traffic;
  if (violations.length === 0) return;
  for (const { at, text } of violations.slice(0, 30)) timeline.note(`VIOLATION ${text}`, at);
  throw new ChaosFailure(`seed ${seed}: ${violations.length} forbidden frames arrived\n${timeline.text()}`);
}

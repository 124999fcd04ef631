import { setImmediate as breathe } from 'node:timers/promises';
import { Random } from '../chaos/random.ts';
import { JSON_TARGETS } from './json.ts';
import { mutated } from './mutate.ts';
import { OPENFLOW_TARGETS } from './openflow.ts';
import type { Target } from './target.ts';
import { XML_TARGETS } from './xml.ts';

export const TARGETS: readonly Target[] = [...OPENFLOW_TARGETS, ...JSON_TARGETS, ...XML_TARGETS];

export interface FuzzOptions {
  readonly seed: number;
  readonly inputs: number;
  /** Number of the first input; default 0. Input N of a seed is always the same, whatever came before it. */
  readonly first?: number;
  /** Called before each input. */
  readonly before?: (index: number) => void;
}

/** What became of the inputs of one target. */
export interface Tally {
  accepted: number;
  refused: number;
  bytes: number;
  slowestMs: number;
  totalMs: number;
}

export interface FuzzReport {
  readonly tallies: ReadonlyMap<string, Tally>;
  /** How much more memory the process held at the end than after the first tenth, in MiB. */
  readonly grownMiB: number;
}

/** An input that was neither accepted nor refused in order; the message says how to repeat it. */
export class FuzzFailure extends Error {
  readonly code = 'FUZZ';
}

const DECK = TARGETS.flatMap((target) => Array<Target>(target.weight).fill(target));
/** Inputs between two turns of the event loop, where timers and closed sockets are cleared away. */
const BATCH = 200;

function residentMiB(): number {
  return process.memoryUsage.rss() / 1024 / 1024;
}

/** Feeds every target with mutated inputs. @throws FuzzFailure at the first that goes wrong */
export async function fuzz({ seed, inputs, first = 0, before }: FuzzOptions): Promise<FuzzReport> {
  const tallies = new Map<string, Tally>();
  let warm = residentMiB();
  for (let index = first; index < first + inputs; index += 1) {
    before?.(index);
    feedOne(seed, index, tallies);
    if (index % BATCH === 0) await breathe();
    if (index - first === Math.floor(inputs / 10)) warm = residentMiB();
  }
  await breathe();
  return { tallies, grownMiB: residentMiB() - warm };
}

function feedOne(seed: number, index: number, tallies: Map<string, Tally>): void {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ index);
  const target = random.pick(DECK);
  if (target === undefined) return;
  const input = mutated(random, target);
  const whole = random.below(2) === 0;
  const tally = tallies.get(target.name) ?? { accepted: 0, refused: 0, bytes: 0, slowestMs: 0, totalMs: 0 };
  tallies.set(target.name, tally);
  const start = performance.now();
  try {
    const accepted = target.feed(input, (length) => (whole ? length : 1 + random.below(length)));
    if (accepted) tally.accepted += 1;
    else tally.refused += 1;
  } catch (error) {
    const where = error instanceof Error ? error.stack : String(error);
    const shown = input.subarray(0, 2000).toString('latin1');
    throw new FuzzFailure(
      `${target.name}: input ${index} of seed ${seed} (--seed ${seed} --first ${index} --inputs 1): ${where}\n${JSON.stringify(shown)}`,
      { cause: error },
    );
  }
  const took = performance.now() - start;
  tally.bytes += input.length;
  tally.totalMs += took;
  tally.slowestMs = Math.max(tally.slowestMs, took);
}

import { percentile } from '../bench/statistics.ts';
import type { AgentChild } from './agent-child.ts';

/** A leak is told from growth at the start by what it does to a process that is this old, in milliseconds. */
const GROWN_UP_MS = 180_000;
/** How much more an agent may have in the last quarter of its life than in the first. */
const MOST_GROWTH = 1.25;
/** The least growth that is no noise, in MiB an hour. */
const LEAST_SLOPE = 20;

interface Sample {
  readonly at: number;
  readonly mib: number;
}

/** The resident memory of one process over its life. */
export interface Life {
  readonly name: string;
  readonly ageMs: number;
  /** Medians of the first and last quarter of the samples, and the most, in MiB. */
  readonly first: number;
  readonly last: number;
  readonly most: number;
  /** By how much it grew on average, in MiB an hour: the slope of the line that fits the samples best. */
  readonly slope: number;
}

/** Resident memory of agents, each process on its own: one that is started anew begins anew. */
export class Memory {
  readonly #lives = new Map<string, Sample[]>();

  /** Takes a sample of an agent that runs; `name` tells agents apart. */
  async sample(name: string, agent: AgentChild): Promise<void> {
    const key = `${name}, process ${agent.pid}`;
    const samples = this.#lives.get(key) ?? [];
    this.#lives.set(key, samples);
    samples.push({ at: performance.now(), mib: await agent.residentMiB() });
  }

  /** What became of each process. */
  lives(): readonly Life[] {
    return [...this.#lives].map(([name, samples]) => lifeOf(name, samples));
  }
}

/** Whether a process has grown in a way that no work of its explains. */
export function leaks({ ageMs, first, last, slope }: Life): boolean {
  return ageMs >= GROWN_UP_MS && last > first * MOST_GROWTH && slope > LEAST_SLOPE;
}

export function lifeOf(name: string, samples: readonly Sample[]): Life {
  const values = samples.map(({ mib }) => mib);
  const quarter = Math.ceil(values.length / 4);
  return {
    name,
    ageMs: (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0),
    first: percentile(values.slice(0, quarter), 50),
    last: percentile(values.slice(-quarter), 50),
    most: percentile(values, 100),
    slope: slopeOf(samples) * 3_600_000,
  };
}

/** Least squares: MiB a millisecond. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const [at, mib] = [mean(samples.map((one) => one.at)), mean(samples.map((one) => one.mib))];
  const spread = samples.reduce((sum, one) => sum + (one.at - at) ** 2, 0);
  return spread === 0 ? 0 : samples.reduce((sum, one) => sum + (one.at - at) * (one.mib - mib), 0) / spread;
}

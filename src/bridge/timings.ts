import { Histogram } from '../base/histogram.ts';

/** How long the agent's work takes, in seconds. */
export class Timings {
  readonly protection = new Histogram([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]);
  readonly flowCommit = new Histogram([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]);
  readonly rowCommit = new Histogram([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]);
}

/** Does `work`, and notes in `durations` how long that took where it succeeds. */
export async function timed<T>(durations: Histogram | undefined, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  durations?.observe((performance.now() - start) / 1000);
  return result;
}

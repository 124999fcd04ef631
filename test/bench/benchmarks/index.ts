import type { Task } from '../benchmark.ts';
import { datapath } from './datapath.ts';
import { deaths } from './deaths.ts';
import { idle } from './idle.ts';
import { memory } from './memory.ts';
import { protocol } from './protocol.ts';
import { reaction } from './reaction.ts';
import { resync } from './resync.ts';
import { start } from './start.ts';
import { storm } from './storm.ts';

export interface Benchmark {
  readonly run: (task: Task) => Promise<void>;
  /** Whether what it measures depends on how many ports there are. */
  readonly hasSizes: boolean;
}

/** Every benchmark by its name, in the order in which all are run. */
export const benchmarks = {
  reaction: { run: reaction, hasSizes: true },
  storm: { run: storm, hasSizes: true },
  start: { run: start, hasSizes: true },
  resync: { run: resync, hasSizes: true },
  idle: { run: idle, hasSizes: true },
  memory: { run: memory, hasSizes: true },
  deaths: { run: deaths, hasSizes: true },
  protocol: { run: protocol, hasSizes: false },
  datapath: { run: datapath, hasSizes: false },
} as const satisfies Record<string, Benchmark>;

export type BenchmarkName = keyof typeof benchmarks;

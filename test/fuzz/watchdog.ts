import { Worker } from 'node:worker_threads';

/** An input that takes this long is taken for a hang, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Runs beside a thread that may hang: a loop that never ends lets no timer of its own thread fire. */
const SOURCE = `
const { workerData: { shared, seed, patience } } = require('node:worker_threads');
const index = new Int32Array(shared);
let last = -1;
setInterval(() => {
  const now = Atomics.load(index, 0);
  if (now === last) {
    require('node:fs').writeSync(2, 'input ' + now + ' of seed ' + seed + ' hangs (--seed ' + seed + ' --first ' + now + ' --inputs 1)\\n');
    process.kill(process.pid, 'SIGKILL');
  }
  last = now;
}, patience);
`;

/** Ends the process, and says at which input, when the same input is under way for ten seconds. */
export class Watchdog {
  readonly #index: Int32Array;
  readonly #worker: Worker;

  constructor(seed: number) {
    const shared = new SharedArrayBuffer(4);
    this.#index = new Int32Array(shared);
    this.#worker = new Worker(SOURCE, { eval: true, workerData: { shared, seed, patience: PATIENCE_MS } });
  }

  /** Input `index` is next. */
  alive(index: number): void {
    Atomics.store(this.#index, 0, index);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

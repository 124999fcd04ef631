import { readFileSync } from 'node:fs';

/**
 * How long this thread works between two turns of the event loop, in milliseconds of its own processor time: what others on
 * the machine do does not count.
 */
export class Turns {
  longest = 0;
  count = 0;
  #last = processorMs();
  #next: NodeJS.Immediate | undefined;

  constructor() {
    this.#wait();
  }

  stop(): void {
    clearImmediate(this.#next);
  }

  #wait(): void {
    this.#next = setImmediate(() => {
      const now = processorMs();
      this.longest = Math.max(this.longest, now - this.#last);
      this.#last = now;
      this.count++;
      this.#wait();
    });
  }
}

/** The first field of schedstat is the time on the processor in nanoseconds (Linux Documentation/scheduler/sched-stats.rst). */
function processorMs(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

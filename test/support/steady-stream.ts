import type { Endpoint } from '../lab/endpoint.ts';
import * as frames from '../lab/frames.ts';
import { until } from '../lab/until.ts';

/** Frames under way at once at the most: a port of Open vSwitch queues 100 before it drops any. */
const WINDOW = 50;
/** Frames made up for at once when a timer fires late. */
const BURST = 10;

/**
 * Frames that two endpoints send each other in turn, at a rate by the clock. Where the machine is too busy to deliver, fewer are sent,
 * so that one that does not arrive was lost and did not merely overflow a queue.
 */
export class SteadyStream {
  #sent = 0;
  readonly #arrived = new Set<number>();
  readonly #stops: (() => void)[];
  readonly #timer: NodeJS.Timeout;

  constructor(one: Endpoint, other: Endpoint, perSecond: number) {
    const pairs = [
      { from: one, frame: frames.experimental(other.mac, one.mac) },
      { from: other, frame: frames.experimental(one.mac, other.mac) },
    ];
    this.#stops = [one, other].map((end) =>
      end.watch(({ probeId }) => {
        if (probeId !== undefined) this.#arrived.add(probeId);
      }),
    );
    let due = 0;
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      due = Math.min(BURST, due + ((now - last) / 1000) * perSecond);
      last = now;
      for (; due >= 1 && this.#sent - this.#arrived.size < WINDOW; due -= 1) {
        const pair = pairs[this.#sent % pairs.length];
        this.#sent += 1;
        if (pair !== undefined) void pair.from.send(frames.mark(pair.frame, this.#sent));
      }
    }, 1);
  }

  get arrived(): number {
    return this.#arrived.size;
  }

  /** Ends it, and counts once everything that was under way has arrived or will not. */
  async stop(): Promise<{ readonly sent: number; readonly lost: number }> {
    clearInterval(this.#timer);
    await until('the last frames', () => this.#arrived.size === this.#sent, { timeout: 5000 }).catch(() => undefined);
    for (const stop of this.#stops) stop();
    return { sent: this.#sent, lost: this.#sent - this.#arrived.size };
  }
}

/** What to do about a silent peer. */
export type Verdict = 'alive' | 'probe' | 'dead';

/**
 * Decides from received bytes whether a peer lives, after OVS `lib/reconnect.c`: silent for one interval, it is
 * probed; silent for another, it is dead. Pure: time is an argument, in milliseconds of any monotonic clock.
 */
export class Liveness {
  readonly #intervalMs: number;
  #lastReceived: number;
  #probedAt: number | undefined;

  constructor(intervalMs: number, now: number) {
    this.#intervalMs = intervalMs;
    this.#lastReceived = now;
  }

  /** Bytes arrived, of whatever message. */
  received(now: number): void {
    this.#lastReceived = now;
    this.#probedAt = undefined;
  }

  /** To be asked regularly, after everything that had arrived was read. */
  check(now: number): Verdict {
    if (now - this.#lastReceived < this.#intervalMs) return 'alive';
    if (this.#probedAt === undefined) {
      this.#probedAt = now;
      return 'probe';
    }
    return now - this.#probedAt < this.#intervalMs ? 'alive' : 'dead';
  }
}

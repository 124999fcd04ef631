/** Waits after attempts that found nobody, in milliseconds: short, for guests may be cut off until the first that succeeds. */
const UNREACHABLE_MS = [50, 100, 200] as const;

/** A connection that lasted so long was a good one, in milliseconds. */
const GOOD_MS = 5000;

/** The longest wait after connections that were made and soon lost again, in milliseconds. */
const LOST_MAX_MS = 5000;

/**
 * How long to wait before the next attempt to connect to a switch, in milliseconds. A socket without anybody behind it costs next to
 * nothing to try. A switch that is lost again and again right after the handshake is itself burdened by each attempt, so the waits
 * double. Pure: `now` is any monotonic time in milliseconds.
 */
export class ReconnectDelay {
  #unreachable = 0;
  #lost = 0;
  #connectedAt: number | undefined;

  connected(now: number): void {
    this.#connectedAt = now;
    this.#unreachable = 0;
  }

  /** The attempt failed, or the connection has ended: the wait before the next. */
  failed(now: number): number {
    const since = this.#connectedAt;
    this.#connectedAt = undefined;
    if (since === undefined) {
      const wait = UNREACHABLE_MS[Math.min(this.#unreachable, UNREACHABLE_MS.length - 1)] ?? UNREACHABLE_MS[0];
      this.#unreachable += 1;
      return wait;
    }
    if (now - since >= GOOD_MS) this.#lost = 0;
    const wait = Math.min(UNREACHABLE_MS[0] * 2 ** this.#lost, LOST_MAX_MS);
    this.#lost += 1;
    return wait;
  }
}

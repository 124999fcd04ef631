import { setTimeout as delay } from 'node:timers/promises';
import { LabError } from './errors.ts';

export interface UntilOptions {
  /** Milliseconds until giving up; default 10 000. */
  readonly timeout?: number;
  /** Milliseconds between two looks; default 5. */
  readonly interval?: number;
}

/**
 * Looks again and again until `look` gives something other than `undefined` and `false`, and returns that.
 * Throws LabError `LAB_DEADLINE` naming `what` once the time is up; an error of `look` itself is passed on at once.
 */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { timeout = 10_000, interval = 5 }: UntilOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new LabError('LAB_DEADLINE', `waited ${timeout} ms for ${what}`);
    await delay(interval);
  }
}

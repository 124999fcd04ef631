import type { DomainState } from './query.ts';

/**
 * Reasons of a paused domain (`virDomainPausedReason`) that mean it may be about to run, or be running, on another host: a
 * destination shows `starting up` and then `migration`, a source `migration` or `post-copy`.
 */
const MOVING = new Set(['starting up', 'migration', 'post-copy', 'post-copy failed']);

/** Whether the domain may be on the way to or from another host. */
export function isOnTheMove({ state, reason }: DomainState): boolean {
  return state === 'paused' && MOVING.has(reason);
}

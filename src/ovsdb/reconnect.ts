/**
 * When to connect, probe and give up: a pure state machine in the manner of OVS `lib/reconnect.c`. It owns no clock, no
 * timer and no socket; `now` is any monotonic time in milliseconds.
 */
export interface ReconnectOptions {
  /** How many remotes are tried in turn, at least 1. */
  readonly remotes: number;
  /** First wait after every remote failed; doubles up to `maxBackoffMs`. */
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  /** How long one attempt to connect may take. */
  readonly connectTimeoutMs: number;
  /** Silence after which the peer is probed, and again that long after which it is given up; 0 disables. */
  readonly probeIntervalMs: number;
}

/** Where the connection is. `remote` is an index below `options.remotes`. */
export type ReconnectState =
  /** Waits for `until`, then leaves to `connecting`. */
  | { readonly phase: 'backoff'; readonly remote: number; readonly until: number; readonly retry: Retry }
  /** Waits for `connected` or `failed`; past `deadline` counts as failed. */
  | { readonly phase: 'connecting'; readonly remote: number; readonly deadline: number; readonly retry: Retry }
  /** Connected and heard from at `lastHeard`; silence leads to `probing`. */
  | {
      readonly phase: 'active';
      readonly remote: number;
      readonly since: number;
      readonly lastHeard: number;
      readonly retry: Retry;
    }
  /** A probe is out since `sentAt`; any byte leads back to `active`, further silence to `backoff`. */
  | {
      readonly phase: 'probing';
      readonly remote: number;
      readonly since: number;
      readonly sentAt: number;
      readonly retry: Retry;
    };

interface Retry {
  /** Remotes that may still be tried without waiting first. */
  readonly freeTries: number;
  /** The next wait. */
  readonly backoffMs: number;
}

/** What happened. `tick` must only be sent after a read of the socket was tried: a busy process is not a dead peer. */
export type ReconnectEvent = 'tick' | 'connected' | 'heard' | 'failed';

/** What the driver must do now. `disconnect` says why. */
export type ReconnectAction =
  | { readonly kind: 'connect'; readonly remote: number }
  | { readonly kind: 'probe' }
  | { readonly kind: 'disconnect'; readonly reason: 'connect timeout' | 'silent' };

/** The state before the first attempt, which is due at once. */
export function initialReconnectState(now: number, options: ReconnectOptions): ReconnectState {
  return { phase: 'backoff', remote: 0, until: now, retry: fresh(options) };
}

/** Takes one event at `now`; returns the state that follows and at most one action. */
export function stepReconnect(
  state: ReconnectState,
  event: ReconnectEvent,
  now: number,
  options: ReconnectOptions,
): { readonly state: ReconnectState; readonly action?: ReconnectAction } {
  switch (event) {
    case 'connected':
      if (state.phase !== 'connecting') return { state };
      return { state: { phase: 'active', remote: state.remote, since: now, lastHeard: now, retry: state.retry } };
    case 'heard':
      if (state.phase !== 'active' && state.phase !== 'probing') return { state };
      return {
        state: { phase: 'active', remote: state.remote, since: state.since, lastHeard: now, retry: state.retry },
      };
    case 'failed':
      return state.phase === 'backoff' ? { state } : { state: afterFailure(state, now, options) };
    case 'tick':
      return tick(state, now, options);
  }
}

/** When the next `tick` is due; undefined when only an event can change anything. */
export function reconnectDeadline(state: ReconnectState, options: ReconnectOptions): number | undefined {
  switch (state.phase) {
    case 'backoff':
      return state.until;
    case 'connecting':
      return state.deadline;
    case 'active':
      return options.probeIntervalMs > 0 ? state.lastHeard + options.probeIntervalMs : undefined;
    case 'probing':
      return state.sentAt + options.probeIntervalMs;
  }
}

function tick(
  state: ReconnectState,
  now: number,
  options: ReconnectOptions,
): { readonly state: ReconnectState; readonly action?: ReconnectAction } {
  const deadline = reconnectDeadline(state, options);
  if (deadline === undefined || now < deadline) return { state };
  const { remote, retry } = state;
  switch (state.phase) {
    case 'backoff':
      return {
        state: { phase: 'connecting', remote, deadline: now + options.connectTimeoutMs, retry },
        action: { kind: 'connect', remote },
      };
    case 'connecting':
      return { state: afterFailure(state, now, options), action: { kind: 'disconnect', reason: 'connect timeout' } };
    case 'active':
      return { state: { phase: 'probing', remote, since: state.since, sentAt: now, retry }, action: { kind: 'probe' } };
    case 'probing':
      return { state: afterFailure(state, now, options), action: { kind: 'disconnect', reason: 'silent' } };
  }
}

/**
 * The next remote is tried: at once while there are remotes not yet tried in this round, else after the backoff. A connection
 * that outlived its backoff starts afresh; one that did not counts as another failure, so a crashing server is not hammered.
 */
function afterFailure(state: ReconnectState, now: number, options: ReconnectOptions): ReconnectState {
  const lived = state.phase === 'active' || state.phase === 'probing' ? now - state.since : -1;
  const retry = lived >= state.retry.backoffMs ? { ...fresh(options), freeTries: options.remotes } : state.retry;
  const remote = (state.remote + 1) % options.remotes;
  if (retry.freeTries > 0) {
    return { phase: 'backoff', remote, until: now, retry: { ...retry, freeTries: retry.freeTries - 1 } };
  }
  const backoffMs = Math.min(2 * retry.backoffMs, options.maxBackoffMs);
  const next = { freeTries: options.remotes - 1, backoffMs };
  return { phase: 'backoff', remote, until: now + retry.backoffMs, retry: next };
}

function fresh(options: ReconnectOptions): Retry {
  return { freeTries: options.remotes - 1, backoffMs: options.minBackoffMs };
}

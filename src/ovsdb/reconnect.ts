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
  /** Silence after which the peer is probed, and again that long after which it is silent; 0 disables. */
  readonly probeIntervalMs: number;
  /** How long a peer may be silent that owes an answer: it may be at work on it and on nothing else. */
  readonly patienceMs: number;
  /**
   * Whether a remote is a socket of this host. The system itself ends those of a dead process, and one that is alive is no
   * better for being asked anew, so silence is told and ends nothing (OVS `stream_or_pstream_needs_probes`).
   */
  readonly isLocal?: (remote: number) => boolean;
  /**
   * A number in 0..1, anew at each call: the wait before the next remote is up to `minBackoffMs` then, and other waits are cut by
   * up to a half, so that a thousand clients that lose one server do not come to the next at the same instant. Without it all
   * waits are exact.
   */
  readonly jitter?: () => number;
}

/** Where the connection is. `remote` is an index below `options.remotes`. */
export type ReconnectState =
  /** Waits for `until`, then leaves to `connecting`. */
  | { readonly phase: 'backoff'; readonly remote: number; readonly until: number; readonly retry: Retry }
  /** Waits for `connected` or `failed`; past `deadline` counts as failed. */
  | { readonly phase: 'connecting'; readonly remote: number; readonly deadline: number; readonly retry: Retry }
  /** Connected and heard from at `lastHeard`; silence leads to `probing`. */
  | ({ readonly phase: 'active' } & Connected)
  /** A probe is out since `sentAt`; any byte leads back to `active`, further silence to `backoff` or `silent`. */
  | ({ readonly phase: 'probing'; readonly sentAt: number } & Connected)
  /** A peer of this host is silent; any byte leads back to `active`. */
  | ({ readonly phase: 'silent' } & Connected);

interface Connected {
  readonly remote: number;
  /** When the peer was first of use; a connection that never was counts as a failed attempt. */
  readonly usableSince: number | undefined;
  readonly lastHeard: number;
  readonly retry: Retry;
}

interface Retry {
  /** Remotes that may still be tried without waiting first. */
  readonly freeTries: number;
  /** The next wait. */
  readonly backoffMs: number;
}

/** What happened. `tick` must only be sent after a read of the socket was tried: a busy process is not a dead peer. */
export type ReconnectEvent = 'tick' | 'connected' | 'usable' | 'heard' | 'failed';

/** What the driver must do now. `disconnect` says why; `silent` and `heard` are for whoever wants to know. */
export type ReconnectAction =
  | { readonly kind: 'silent' | 'heard' }
  | { readonly kind: 'connect'; readonly remote: number }
  | { readonly kind: 'probe' }
  | { readonly kind: 'disconnect'; readonly reason: 'connect timeout' | 'silent' };

/** The state before the first attempt, which is due at once. */
export function initialReconnectState(now: number, options: ReconnectOptions): ReconnectState {
  return { phase: 'backoff', remote: 0, until: now, retry: fresh(options) };
}

interface Step {
  readonly state: ReconnectState;
  readonly action?: ReconnectAction;
}

/**
 * Takes one event at `now`; returns the state that follows and at most one action.
 * @param awaiting whether the peer owes an answer
 */
export function stepReconnect(
  state: ReconnectState,
  event: ReconnectEvent,
  now: number,
  options: ReconnectOptions,
  awaiting = false,
): Step {
  switch (event) {
    case 'connected':
      if (state.phase !== 'connecting') return { state };
      return {
        state: { phase: 'active', remote: state.remote, usableSince: undefined, lastHeard: now, retry: state.retry },
      };
    case 'usable':
      return isConnected(state) ? { state: { ...state, usableSince: state.usableSince ?? now } } : { state };
    case 'heard':
      return isConnected(state) ? heard(state, now) : { state };
    case 'failed':
      return state.phase === 'backoff' ? { state } : { state: afterFailure(state, now, options) };
    case 'tick':
      return tick(state, now, options, awaiting);
  }
}

/** When the next `tick` is due; undefined when only an event can change anything. */
export function reconnectDeadline(
  state: ReconnectState,
  options: ReconnectOptions,
  awaiting = false,
): number | undefined {
  switch (state.phase) {
    case 'backoff':
      return state.until;
    case 'connecting':
      return state.deadline;
    case 'active':
      return options.probeIntervalMs > 0 ? state.lastHeard + options.probeIntervalMs : undefined;
    case 'probing': {
      const answerBy = state.sentAt + options.probeIntervalMs;
      const patient = awaiting && options.isLocal?.(state.remote) !== true;
      return patient ? Math.max(answerBy, state.lastHeard + options.patienceMs) : answerBy;
    }
    case 'silent':
      return undefined;
  }
}

function isConnected(state: ReconnectState): state is Extract<ReconnectState, Connected> {
  return state.phase === 'active' || state.phase === 'probing' || state.phase === 'silent';
}

function heard({ phase, remote, usableSince, retry }: Extract<ReconnectState, Connected>, now: number): Step {
  const state: ReconnectState = { phase: 'active', remote, usableSince, lastHeard: now, retry };
  return phase === 'silent' ? { state, action: { kind: 'heard' } } : { state };
}

function tick(state: ReconnectState, now: number, options: ReconnectOptions, awaiting: boolean): Step {
  const deadline = reconnectDeadline(state, options, awaiting);
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
      return { state: { ...state, phase: 'probing', sentAt: now }, action: { kind: 'probe' } };
    case 'probing': {
      const { usableSince, lastHeard } = state;
      return options.isLocal?.(remote) === true
        ? { state: { phase: 'silent', remote, usableSince, lastHeard, retry }, action: { kind: 'silent' } }
        : { state: afterFailure(state, now, options), action: { kind: 'disconnect', reason: 'silent' } };
    }
    case 'silent':
      return { state };
  }
}

/**
 * The next remote is tried: at once while there are remotes not yet tried in this round, else after the backoff. A connection
 * that was of use for longer than its backoff starts afresh; any other counts as another failure, so neither a crashing server
 * is hammered nor one whose content fails to arrive.
 */
function afterFailure(state: ReconnectState, now: number, options: ReconnectOptions): ReconnectState {
  const lived = isConnected(state) && state.usableSince !== undefined ? now - state.usableSince : -1;
  const retry = lived >= state.retry.backoffMs ? { ...fresh(options), freeTries: options.remotes } : state.retry;
  const remote = (state.remote + 1) % options.remotes;
  if (retry.freeTries > 0) {
    const until = now + (options.jitter?.() ?? 0) * options.minBackoffMs;
    return { phase: 'backoff', remote, until, retry: { ...retry, freeTries: retry.freeTries - 1 } };
  }
  const backoffMs = Math.min(2 * retry.backoffMs, options.maxBackoffMs);
  const next = { freeTries: options.remotes - 1, backoffMs };
  const wait = retry.backoffMs * (1 - (options.jitter?.() ?? 0) / 2);
  return { phase: 'backoff', remote, until: now + wait, retry: next };
}

function fresh(options: ReconnectOptions): Retry {
  return { freeTries: options.remotes - 1, backoffMs: options.minBackoffMs };
}

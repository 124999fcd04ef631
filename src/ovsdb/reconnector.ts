import { asError } from '../base/thrown.ts';
import { DisconnectedError } from './errors.ts';
import type { TlsFiles } from '../base/connect.ts';
import { connectRemote } from './connect.ts';
import type { JsonLimits } from './json-limits.ts';
import type { Json } from './json-value.ts';
import {
  initialReconnectState,
  reconnectDeadline,
  stepReconnect,
  type ReconnectAction,
  type ReconnectEvent,
  type ReconnectOptions,
  type ReconnectState,
} from './reconnect.ts';
import { formatRemote, type Remote } from './remote.ts';
import { RpcChannel, type Handled } from './rpc-channel.ts';

/** What a Reconnector tells its owner. */
export interface ReconnectorHandlers {
  readonly onConnecting: (remote: Remote) => void;
  readonly onConnected: (channel: RpcChannel, remote: Remote) => void;
  readonly onNotification: (method: string, params: readonly Json[]) => Handled;
  /** Whether the server answers. Told when it has been silent for too long on a socket of this host, and when it is heard again. */
  readonly onAnswering: (answering: boolean) => void;
  /** An attempt or a connection failed; the next attempt is in `retryInMs`. */
  readonly onFailed: (error: Error, remote: Remote, retryInMs: number) => void;
  readonly onListenerError: (error: Error) => void;
}

/** Where to connect, and how patiently. */
export interface ReconnectorOptions {
  readonly remotes: readonly [Remote, ...Remote[]];
  readonly tls?: TlsFiles;
  readonly limits?: JsonLimits;
  readonly reconnect: ReconnectOptions;
}

/** Keeps one RpcChannel to the first of several remotes that works: the clock, timers and sockets around `reconnect.ts`. */
export class Reconnector {
  readonly #options: ReconnectorOptions;
  readonly #handlers: ReconnectorHandlers;
  #state: ReconnectState;
  #attempt: AbortController | undefined;
  #channel: RpcChannel | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerDue = Infinity;
  #closed = false;

  constructor(options: ReconnectorOptions, handlers: ReconnectorHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#state = initialReconnectState(performance.now(), options.reconnect);
    this.#schedule();
  }

  /** Ends the connection and every timer. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#attempt?.abort(new DisconnectedError('this side closed the connection'));
    this.#channel?.close();
  }

  /** The connection is of use from here on: it has its content. One that fails before counts as a failed attempt. */
  usable(): void {
    this.#step('usable');
  }

  #step(event: ReconnectEvent): void {
    if (this.#closed) return;
    const options = this.#options.reconnect;
    const { state, action } = stepReconnect(this.#state, event, performance.now(), options, this.#awaiting());
    const silentMs = 'lastHeard' in this.#state ? performance.now() - this.#state.lastHeard : 0;
    this.#state = state;
    if (action !== undefined) this.#act(action, silentMs);
    this.#schedule();
  }

  #act(action: ReconnectAction, silentMs: number): void {
    switch (action.kind) {
      case 'connect':
        void this.#connect(this.#remote(action.remote));
        return;
      case 'probe':
        // Its answer counts as bytes; that it is an answer matters to nobody.
        this.#channel?.send('echo', [], { isProbe: true }, () => undefined);
        return;
      case 'silent':
      case 'heard':
        this.#handlers.onAnswering(action.kind === 'heard');
        return;
      case 'disconnect': {
        const { connectTimeoutMs } = this.#options.reconnect;
        const attempt = this.#attempt;
        // The state has moved on already; what follows of this attempt must not count against the next.
        this.#attempt = undefined;
        if (action.reason === 'silent') {
          this.#channel?.close(
            new DisconnectedError(`the server was silent for ${Math.round(silentMs)} ms, probe included`),
          );
        } else {
          attempt?.abort(new DisconnectedError(`no connection within ${connectTimeoutMs} ms`));
        }
      }
    }
  }

  async #connect(remote: Remote): Promise<void> {
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#handlers.onConnecting(remote);
    try {
      const socket = await connectRemote(remote, this.#options.tls, attempt.signal);
      if (attempt.signal.aborted || this.#closed) {
        socket.destroy();
        attempt.signal.throwIfAborted();
        return;
      }
      const { limits } = this.#options;
      const channel: RpcChannel = new RpcChannel(socket, {
        peer: formatRemote(remote),
        ...(limits === undefined ? {} : { limits }),
        onNotification: this.#handlers.onNotification,
        onListenerError: this.#handlers.onListenerError,
        onBytes: () => {
          this.#step('heard');
        },
        onClose: (error) => {
          this.#channel = undefined;
          this.#failed(attempt, error ?? new DisconnectedError('this side closed the connection'), remote);
        },
      });
      this.#channel = channel;
      this.#step('connected');
      this.#handlers.onConnected(channel, remote);
    } catch (error) {
      this.#failed(attempt, asError(error), remote);
    }
  }

  #failed(attempt: AbortController, error: Error, remote: Remote): void {
    if (this.#closed) return;
    if (attempt === this.#attempt) {
      this.#attempt = undefined;
      this.#step('failed');
    }
    const retryAt = this.#state.phase === 'backoff' ? this.#state.until : performance.now();
    this.#handlers.onFailed(error, remote, Math.max(0, Math.round(retryAt - performance.now())));
  }

  /** Keeps one timer that is due no later than the state's deadline; an early one finds nothing to do and comes here again. */
  #schedule(): void {
    const deadline = this.#closed ? undefined : this.#nextLook();
    if (deadline === undefined || deadline >= this.#timerDue) return;
    clearTimeout(this.#timer);
    this.#timerDue = deadline;
    this.#timer = setTimeout(
      () => {
        // Node runs timers before it reads sockets: after a long computation the answer may be waiting unread.
        setImmediate(() => {
          this.#timerDue = Infinity;
          // While this side reads nothing, the peer's words may be waiting unread.
          this.#step(this.#channel?.busy === true ? 'heard' : 'tick');
        });
      },
      Math.max(0, Math.ceil(deadline - performance.now())),
    );
  }

  /** A peer that is given time because it owes an answer is looked at meanwhile: the call may be over without one. */
  #nextLook(): number | undefined {
    const options = this.#options.reconnect;
    const due = reconnectDeadline(this.#state, options);
    const now = performance.now();
    if (due === undefined || due > now) return due;
    const patient = reconnectDeadline(this.#state, options, this.#awaiting()) ?? due;
    return Math.min(patient, now + options.probeIntervalMs);
  }

  #awaiting(): boolean {
    return this.#channel?.awaiting === true;
  }

  #remote(index: number): Remote {
    return this.#options.remotes[index] ?? this.#options.remotes[0];
  }
}

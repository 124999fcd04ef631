import { asError, DisconnectedError } from './errors.ts';
import { connectRemote, type TlsOptions } from './connect.ts';
import type { SplitterLimits } from './json-splitter.ts';
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
import { RpcChannel } from './rpc-channel.ts';

/** What a Reconnector tells its owner. */
export interface ReconnectorHandlers {
  readonly onConnecting: (remote: Remote) => void;
  readonly onConnected: (channel: RpcChannel, remote: Remote) => void;
  readonly onNotification: (method: string, params: readonly Json[]) => void;
  /** An attempt or a connection failed; the next attempt is in `retryInMs`. */
  readonly onFailed: (error: Error, remote: Remote, retryInMs: number) => void;
  readonly onListenerError: (error: Error) => void;
}

/** Where to connect, and how patiently. */
export interface ReconnectorOptions {
  readonly remotes: readonly [Remote, ...Remote[]];
  readonly tls?: TlsOptions;
  readonly limits?: SplitterLimits;
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

  #step(event: ReconnectEvent): void {
    if (this.#closed) return;
    const { state, action } = stepReconnect(this.#state, event, performance.now(), this.#options.reconnect);
    this.#state = state;
    if (action !== undefined) this.#act(action);
    this.#schedule();
  }

  #act(action: ReconnectAction): void {
    switch (action.kind) {
      case 'connect':
        void this.#connect(this.#remote(action.remote));
        return;
      case 'probe':
        // Its answer counts as bytes; that it is an answer matters to nobody.
        this.#channel?.send('echo', [], { timeoutMs: 2 * this.#options.reconnect.probeIntervalMs }, () => undefined);
        return;
      case 'disconnect': {
        const { probeIntervalMs, connectTimeoutMs } = this.#options.reconnect;
        const attempt = this.#attempt;
        // The state has moved on already; what follows of this attempt must not count against the next.
        this.#attempt = undefined;
        if (action.reason === 'silent') {
          this.#channel?.close(
            new DisconnectedError(`the server was silent for ${2 * probeIntervalMs} ms, probe included`),
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
    const deadline = this.#closed ? undefined : reconnectDeadline(this.#state, this.#options.reconnect);
    if (deadline === undefined || deadline >= this.#timerDue) return;
    clearTimeout(this.#timer);
    this.#timerDue = deadline;
    this.#timer = setTimeout(
      () => {
        // Node runs timers before it reads sockets: after a long computation the answer may be waiting unread.
        setImmediate(() => {
          this.#timerDue = Infinity;
          this.#step('tick');
        });
      },
      Math.max(0, Math.ceil(deadline - performance.now())),
    );
  }

  #remote(index: number): Remote {
    return this.#options.remotes[index] ?? this.#options.remotes[0];
  }
}

import type { Duplex } from 'node:stream';
import { asError, DisconnectedError, ProtocolError, RpcError, TimeoutError } from './errors.ts';
import { parseJson, stringifyJson } from './json.ts';
import type { Json } from './json-value.ts';
import { defaultSplitterLimits, JsonSplitter, type SplitterLimits } from './json-splitter.ts';
import { parseRpcMessage, type RpcMessage } from './rpc-message.ts';

/** Hooks and bounds of an RpcChannel. */
export interface RpcChannelOptions {
  /** How to name the peer in errors, e.g. `unix:/run/openvswitch/db.sock`. */
  readonly peer: string;
  readonly limits?: SplitterLimits;
  /** A notification, in stream order with the replies. What it throws goes to `onListenerError`. */
  readonly onNotification?: (method: string, params: readonly Json[]) => void;
  /** Bytes arrived: the sign of life that probes count, whether or not they complete a message. */
  readonly onBytes?: (count: number) => void;
  /** Called once, after every pending call was rejected. `error` says why; for a plain `close()` it is undefined. */
  readonly onClose?: (error: Error | undefined) => void;
  /** An exception out of a handler: a fault of this process, which must not look like one of the peer. */
  readonly onListenerError?: (error: Error) => void;
}

/** How a call ended. */
export type CallOutcome = { readonly result: Json } | { readonly failure: Error };

interface PendingCall {
  readonly method: string;
  readonly settle: (outcome: CallOutcome) => void;
  readonly timer: NodeJS.Timeout;
}

/** A peer that asks for answers and does not read them may make us hold this much. */
const maxUnsentBytes = 64 * 1024 * 1024;

/**
 * JSON-RPC 1.0 over one open stream, both directions: calls with deadlines, notifications, and answers to `echo`.
 * Owns the stream: closes it on any protocol violation, with the reason in `onClose`.
 */
export class RpcChannel {
  readonly #socket: Duplex;
  readonly #options: RpcChannelOptions;
  readonly #splitter: JsonSplitter;
  readonly #pending = new Map<number, PendingCall>();
  #nextId = 0;
  #closed = false;

  constructor(socket: Duplex, options: RpcChannelOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#splitter = new JsonSplitter(options.limits ?? defaultSplitterLimits);
    socket.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
    });
    socket.on('error', (error) => {
      this.close(new DisconnectedError(`the connection to ${options.peer} failed: ${error.message}`, { cause: error }));
    });
    socket.on('close', () => {
      this.close(new DisconnectedError(`${options.peer} closed the connection`));
    });
  }

  /** Calls `method` and resolves with its result. Rejects with RpcError, TimeoutError or DisconnectedError. */
  call(method: string, params: readonly Json[], options: { readonly timeoutMs: number }): Promise<Json> {
    return new Promise((resolve, reject) => {
      this.send(method, params, options, (outcome) => {
        if ('failure' in outcome) reject(outcome.failure);
        else resolve(outcome.result);
      });
    });
  }

  /**
   * Like `call`, but hands the outcome over before the next message of the stream is looked at. A promise would let the
   * updates that follow a monitor's reply overtake it.
   */
  send(
    method: string,
    params: readonly Json[],
    options: { readonly timeoutMs: number },
    settle: (outcome: CallOutcome) => void,
  ): void {
    if (this.#closed) {
      settle({ failure: new DisconnectedError(`"${method}" was not sent: ${this.#options.peer} is not connected`) });
      return;
    }
    const id = this.#nextId++;
    const timer = setTimeout(() => {
      // Node runs timers before it reads sockets: after a long computation the answer may be waiting unread.
      setImmediate(() => {
        if (!this.#pending.delete(id)) return;
        const message = `${this.#options.peer} did not answer "${method}" within ${options.timeoutMs} ms`;
        this.#guard(() => {
          settle({ failure: new TimeoutError(message) });
        });
      });
    }, options.timeoutMs);
    this.#pending.set(id, { method, settle, timer });
    this.#write({ id, method, params });
  }

  /** Ends the stream and rejects pending calls; `error` is what `onClose` and the calls are told. */
  close(error?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { method, settle, timer } of pending) {
      clearTimeout(timer);
      const because = error?.message ?? 'this side closed the connection';
      const message = `"${method}" got no answer, and whether it took effect is unknown: ${because}`;
      this.#guard(() => {
        settle({ failure: new DisconnectedError(message, { cause: error }) });
      });
    }
    this.#guard(() => this.#options.onClose?.(error));
  }

  #receive(chunk: Buffer): void {
    if (this.#closed) return;
    this.#guard(() => this.#options.onBytes?.(chunk.length));
    try {
      this.#splitter.push(chunk, ({ bytes, wideDigits }) => {
        if (!this.#closed) this.#dispatch(parseRpcMessage(parseJson(bytes, wideDigits)));
      });
    } catch (error) {
      this.close(asError(error));
    }
  }

  #dispatch(message: RpcMessage): void {
    switch (message.kind) {
      case 'notification':
        this.#guard(() => this.#options.onNotification?.(message.method, message.params));
        return;
      case 'request':
        this.#answer(message.id, message.method, message.params);
        return;
      case 'result':
        this.#settle(message.id, () => ({ result: message.result }));
        return;
      case 'error':
        this.#settle(message.id, (method) => ({ failure: new RpcError(method, message.error) }));
        return;
    }
  }

  /** The server probes with `echo` (RFC 7047 section 4.1.11); it has nothing else to ask of a client. */
  #answer(id: Json, method: string, params: readonly Json[]): void {
    if (method === 'echo') this.#write({ id, result: params, error: null });
    else this.#write({ id, result: null, error: 'unknown method' });
  }

  /** Ends the call a reply belongs to; a reply to a call that timed out finds none. */
  #settle(id: Json, outcome: (method: string) => CallOutcome): void {
    const call = typeof id === 'number' ? this.#pending.get(id) : undefined;
    if (typeof id !== 'number' || call === undefined) return;
    this.#pending.delete(id);
    clearTimeout(call.timer);
    this.#guard(() => {
      call.settle(outcome(call.method));
    });
  }

  #write(message: Json): void {
    if (this.#closed) return;
    this.#socket.write(stringifyJson(message));
    if (this.#socket.writableLength > maxUnsentBytes) {
      this.close(new ProtocolError(`${this.#options.peer} does not read what it is sent`));
    }
  }

  #guard(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.#options.onListenerError?.(asError(error));
    }
  }
}

import { asError } from '../base/thrown.ts';
import type { Duplex } from 'node:stream';
import { deadline } from '../base/deadline.ts';
import { SLICE_MS } from '../base/slices.ts';
import { DisconnectedError, ProtocolError, RpcError, TimeoutError } from './errors.ts';
import { stringifyJson } from './json.ts';
import type { Json } from './json-value.ts';
import { defaultJsonLimits, type JsonLimits } from './json-limits.ts';
import { JsonReader } from './json-reader.ts';
import { parseRpcMessage, type RpcMessage } from './rpc-message.ts';

/** What a handler returns: a promise where it is not done yet. No later message is looked at, nor read, before it is. */
export type Handled = void | Promise<void>;

/** Hooks and bounds of an RpcChannel. */
export interface RpcChannelOptions {
  /** How to name the peer in errors, e.g. `unix:/run/openvswitch/db.sock`. */
  readonly peer: string;
  readonly limits?: JsonLimits;
  /** A notification, in stream order with the replies. What it throws goes to `onListenerError`. */
  readonly onNotification?: (method: string, params: readonly Json[]) => Handled;
  /** Bytes arrived: the sign of life that probes count, whether or not they complete a message. */
  readonly onBytes?: (count: number) => void;
  /** Called once, after every pending call was rejected. `error` says why; for a plain `close()` it is undefined. */
  readonly onClose?: (error: Error | undefined) => void;
  /** An exception out of a handler: a fault of this process, which must not look like one of the peer. */
  readonly onListenerError?: (error: Error) => void;
}

/** How long a call may take. */
export interface CallOptions {
  /** In milliseconds; without it only the end of the connection ends the call. */
  readonly timeoutMs?: number;
  /** A question whose answer says no more than that the peer lives: it owes nothing else by it. */
  readonly isProbe?: boolean;
}

/** How a call ended. */
export type CallOutcome = { readonly result: Json } | { readonly failure: Error };

interface PendingCall {
  readonly method: string;
  readonly isProbe: boolean;
  readonly settle: (outcome: CallOutcome) => Handled;
  cancel: () => void;
}

/** While this side is too busy to read, an answer that is late may be waiting unread: look again after so many milliseconds. */
const BUSY_MS = 50;

/** A peer that asks for answers and does not read them may make us hold this much. */
const maxUnsentBytes = 64 * 1024 * 1024;

/**
 * JSON-RPC 1.0 over one open stream, both directions: calls with deadlines, notifications, and answers to `echo`.
 * Owns the stream: closes it on any protocol violation, with the reason in `onClose`.
 */
export class RpcChannel {
  readonly #socket: Duplex;
  readonly #options: RpcChannelOptions;
  readonly #reader: JsonReader;
  readonly #pending = new Map<number, PendingCall>();
  #nextId = 0;
  #closed = false;
  /** A handler is not done, or the event loop has its turn: nothing is read meanwhile, so the peer cannot fill our memory. */
  #busy = false;
  /** When the present turn of the event loop has read enough. */
  #sliceEnd: number | undefined;

  constructor(socket: Duplex, options: RpcChannelOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#reader = new JsonReader(options.limits ?? defaultJsonLimits);
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

  /** Whether this side reads nothing at present, so that silence says nothing about the peer. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Whether the peer owes an answer other than that of a probe. */
  get awaiting(): boolean {
    for (const call of this.#pending.values()) if (!call.isProbe) return true;
    return false;
  }

  /**
   * Calls `method` and resolves with its result. Rejects with RpcError, TimeoutError or DisconnectedError, and with ValueError
   * where `params` hold what the peer cannot read: nothing was sent then.
   */
  call(method: string, params: readonly Json[], options: CallOptions): Promise<Json> {
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
    { timeoutMs, isProbe = false }: CallOptions,
    settle: (outcome: CallOutcome) => Handled,
  ): void {
    if (this.#closed) {
      void this.#guard(() =>
        settle({ failure: new DisconnectedError(`"${method}" was not sent: ${this.#options.peer} is not connected`) }),
      );
      return;
    }
    const id = this.#nextId++;
    let text: string;
    try {
      text = stringifyJson({ id, method, params });
    } catch (error) {
      const failure = asError(error);
      void this.#guard(() => settle({ failure }));
      return;
    }
    this.#pending.set(id, { method, isProbe, settle, cancel: () => undefined });
    if (timeoutMs !== undefined) this.#setDeadline(id, timeoutMs, timeoutMs);
    this.#write(text);
  }

  /** Ends the stream and rejects pending calls; `error` is what `onClose` and the calls are told. */
  close(error?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { method, settle, cancel } of pending) {
      cancel();
      const because = error?.message ?? 'this side closed the connection';
      const message = `"${method}" got no answer, and whether it took effect is unknown: ${because}`;
      void this.#guard(() => settle({ failure: new DisconnectedError(message, { cause: error }) }));
    }
    void this.#guard(() => this.#options.onClose?.(error));
  }

  #setDeadline(id: number, inMs: number, timeoutMs: number): void {
    const call = this.#pending.get(id);
    if (call === undefined) return;
    call.cancel = deadline(inMs, () => {
      if (this.#busy) this.#setDeadline(id, BUSY_MS, timeoutMs);
      else if (this.#pending.delete(id)) {
        const message = `${this.#options.peer} did not answer "${call.method}" within ${timeoutMs} ms`;
        void this.#guard(() => call.settle({ failure: new TimeoutError(message) }));
      }
    });
  }

  #receive(chunk: Buffer): void {
    if (this.#closed) return;
    void this.#guard(() => this.#options.onBytes?.(chunk.length));
    this.#reader.push(chunk);
    this.#pump();
  }

  /** Dispatches what has been read until there is no more, a handler is not done, or the event loop has to have its turn. */
  #pump(): void {
    try {
      while (!this.#closed && !this.#busy) {
        if (this.#sliceIsOver()) {
          this.#pauseFor(new Promise((resolve) => setImmediate(resolve)));
          return;
        }
        const message = this.#reader.next();
        if (message === undefined) return;
        const handled = this.#dispatch(parseRpcMessage(message));
        if (handled instanceof Promise) this.#pauseFor(handled);
      }
    } catch (error) {
      this.close(asError(error));
    }
  }

  #pauseFor(handled: Promise<void>): void {
    this.#busy = true;
    this.#socket.pause();
    void handled.then(() => {
      this.#busy = false;
      this.#pump();
      if (!this.#isBusy()) this.#socket.resume();
    });
  }

  #isBusy(): boolean {
    return this.#busy;
  }

  #sliceIsOver(): boolean {
    const now = performance.now();
    if (this.#sliceEnd !== undefined) return now >= this.#sliceEnd;
    this.#sliceEnd = now + SLICE_MS;
    setImmediate(() => {
      this.#sliceEnd = undefined;
    });
    return false;
  }

  #dispatch(message: RpcMessage): Handled {
    switch (message.kind) {
      case 'notification':
        return this.#guard(() => this.#options.onNotification?.(message.method, message.params));
      case 'request':
        this.#answer(message.id, message.method, message.params);
        return;
      case 'result':
        return this.#settle(message.id, () => ({ result: message.result }));
      case 'error':
        return this.#settle(message.id, (method) => ({ failure: new RpcError(method, message.error) }));
    }
  }

  /** The server probes with `echo` (RFC 7047 section 4.1.11); it has nothing else to ask of a client. */
  #answer(id: Json, method: string, params: readonly Json[]): void {
    if (method === 'echo') this.#write(stringifyJson({ id, result: params, error: null }));
    else this.#write(stringifyJson({ id, result: null, error: 'unknown method' }));
  }

  /** Ends the call a reply belongs to; a reply to a call that timed out finds none. */
  #settle(id: Json, outcome: (method: string) => CallOutcome): Handled {
    const call = typeof id === 'number' ? this.#pending.get(id) : undefined;
    if (typeof id !== 'number' || call === undefined) return;
    this.#pending.delete(id);
    call.cancel();
    return this.#guard(() => call.settle(outcome(call.method)));
  }

  #write(text: string): void {
    if (this.#closed) return;
    this.#socket.write(text);
    if (this.#socket.writableLength > maxUnsentBytes) {
      this.close(new ProtocolError(`${this.#options.peer} does not read what it is sent`));
    }
  }

  #guard(handler: () => Handled): Handled {
    const report = (error: unknown): void => this.#options.onListenerError?.(asError(error));
    try {
      const handled = handler();
      return handled instanceof Promise ? handled.catch(report) : undefined;
    } catch (error) {
      report(error);
    }
  }
}

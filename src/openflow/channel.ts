import type { Socket } from 'node:net';
import { asError } from '../base/thrown.ts';
import { deadline } from '../base/deadline.ts';
import { decodeError } from './error-codec.ts';
import { ConnectionLost, ProtocolError, RequestTimeout, type SwitchError } from './errors.ts';
import { Liveness } from './liveness.ts';
import { encodeMessage, type Message, MessageSplitter, MessageType } from './message.ts';

/** Received but unanswered echo requests may pile up this many bytes of replies before the peer is given up. */
const MAX_UNSENT = 16 * 1024 * 1024;

/** No request has it (see {@link Channel.xid}); Open vSwitch before 3.0 has errors that bear it all the same. */
const NO_XID = 0;

interface Pending {
  readonly what: string;
  readonly accept: (message: Message) => boolean;
  readonly reject: (error: Error) => void;
}

/** Who wants messages that answer no request: updates, status, and errors of messages sent without waiting. */
export interface ChannelListener {
  message(message: Message): void;
  /** An error for an `xid` that no request waits on. */
  error(xid: number, error: SwitchError): void;
  closed(reason: Error | undefined): void;
}

/**
 * One OpenFlow stream: messages out, messages in, answers matched to requests by xid. Answers echo requests, probes a
 * silent peer, and gives up one that breaks the protocol, misses a deadline or stops reading. When it ends, for
 * whatever reason, every request under way is rejected.
 */
export class Channel {
  /** The error that ended it; `undefined` after {@link Channel.close}. */
  readonly closed: Promise<Error | undefined>;
  /** Header version of what is sent. */
  version = 0x06;
  readonly #socket: Socket;
  readonly #name: string;
  readonly #splitter = new MessageSplitter();
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<ChannelListener>();
  readonly #liveness: Liveness;
  readonly #timer: NodeJS.Timeout;
  #end: { readonly reason: Error | undefined } | undefined;
  #resolveClosed: (reason: Error | undefined) => void = () => undefined;
  #lastXid = 0;

  constructor(socket: Socket, name: string, probeIntervalMs: number) {
    this.#socket = socket;
    this.#name = name;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#liveness = new Liveness(probeIntervalMs, performance.now());
    // A timer that fires late says nothing about the peer: look only after what had arrived was read.
    this.#timer = setInterval(() => {
      setImmediate(() => {
        this.#probe();
      });
    }, probeIntervalMs / 2);
    socket.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
    });
    socket.on('error', (error) => {
      this.fail(new ConnectionLost(`${name}: ${error.message}`, { cause: error }));
    });
    socket.on('close', () => {
      this.fail(new ConnectionLost(`${name} closed the connection`));
    });
  }

  /** Fixes the version of all further messages, in both directions. */
  negotiate(version: number): void {
    this.version = version;
    this.#splitter.version = version;
  }

  /** A fresh xid, never 0, or the first of `count` consecutive ones. */
  xid(count = 1): number {
    if (this.#lastXid + count > 0xffffffff) this.#lastXid = 0;
    const first = this.#lastXid + 1;
    this.#lastXid += count;
    return first;
  }

  /** Calls `listener` until the result is called or the channel ends, at once if it has. */
  listen(listener: ChannelListener): () => void {
    if (this.#end === undefined) this.#listeners.add(listener);
    else listener.closed(this.#end.reason);
    return () => this.#listeners.delete(listener);
  }

  /** Sends without waiting for an answer. Does nothing once the channel has ended. */
  send(type: number, xid: number, body: Uint8Array): void {
    this.write(encodeMessage(this.version, type, xid, body));
  }

  /** Sends bytes made elsewhere; false asks the caller to wait for {@link Channel.drained} before sending more. */
  write(bytes: Uint8Array): boolean {
    return this.#end !== undefined || this.#socket.write(bytes);
  }

  /** What `send` writes before it first waits leaves in one system call, so that the switch reads it in one. */
  together<T>(send: () => T): T {
    this.#socket.cork();
    try {
      return send();
    } finally {
      this.#socket.uncork();
    }
  }

  /** Settles when the peer has taken what was written. A peer that takes nothing for `timeoutMs` is given up. */
  async drained(timeoutMs: number): Promise<void> {
    if (this.#end !== undefined) throw this.#lost('sending');
    if (!this.#socket.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        cancel();
        this.#socket.off('drain', settle).off('close', settle);
        resolve();
      };
      const cancel = deadline(timeoutMs, () => {
        this.fail(new RequestTimeout(`${this.#name} has read nothing for ${timeoutMs} ms`));
        settle();
      });
      this.#socket.on('drain', settle).on('close', settle);
    });
    await this.drained(timeoutMs);
  }

  /**
   * Sends a request and waits for its answer: `collect` is given each message with its xid until it returns
   * something. Rejects with {@link SwitchError} when the switch refuses, {@link RequestTimeout} when it does not
   * answer in `timeoutMs` (which ends the channel) and {@link ConnectionLost} when the channel ends.
   */
  request<T>(
    what: string,
    type: number,
    body: Uint8Array,
    timeoutMs: number,
    collect: (message: Message) => T | undefined,
    xid = this.xid(),
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) {
        reject(this.#lost(what));
        return;
      }
      const cancel = deadline(timeoutMs, () => {
        this.fail(new RequestTimeout(`${this.#name} did not answer ${what} within ${timeoutMs} ms`));
      });
      this.#pending.set(xid, {
        what,
        accept: (message) => {
          const result = collect(message);
          if (result === undefined) return false;
          cancel();
          resolve(result);
          return true;
        },
        reject: (error) => {
          cancel();
          reject(error);
        },
      });
      this.send(type, xid, body);
    });
  }

  /** Ends the channel on our wish; requests under way are rejected with {@link ConnectionLost}. */
  close(): void {
    this.#finish(undefined);
  }

  /** Ends the channel because of `reason`. */
  fail(reason: Error): void {
    this.#finish(reason);
  }

  #finish(reason: Error | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { reason };
    clearInterval(this.#timer);
    this.#socket.destroy();
    for (const { what, reject } of this.#pending.values()) reject(this.#lost(what));
    this.#pending.clear();
    for (const listener of this.#listeners) listener.closed(reason);
    this.#listeners.clear();
    this.#resolveClosed(reason);
  }

  #lost(what: string): Error {
    const reason = this.#end?.reason;
    if (reason instanceof RequestTimeout || reason instanceof ProtocolError) return reason;
    const why = reason === undefined ? 'the connection was closed on this side' : reason.message;
    return new ConnectionLost(`${what} on ${this.#name} is unanswered: ${why}`, { cause: reason });
  }

  #receive(chunk: Buffer): void {
    if (this.#end !== undefined) return;
    this.#liveness.received(performance.now());
    try {
      for (const message of this.#splitter.push(chunk)) this.#dispatch(message);
    } catch (error) {
      this.fail(error instanceof ProtocolError ? this.#broken(error) : asError(error));
    }
  }

  #broken(error: ProtocolError): ProtocolError {
    return new ProtocolError(`${this.#name} broke the protocol: ${error.message}`);
  }

  #dispatch(message: Message): void {
    if (this.#end !== undefined) return;
    if (message.type === MessageType.ECHO_REQUEST) {
      if (this.#socket.writableLength > MAX_UNSENT)
        throw new ProtocolError('it sends echo requests and reads no replies');
      this.send(MessageType.ECHO_REPLY, message.xid, message.body);
      return;
    }
    const pending = this.#pending.get(message.xid);
    if (message.type === MessageType.ERROR) this.#refused(message, pending);
    else if (pending === undefined) for (const listener of this.#listeners) listener.message(message);
    else if (pending.accept(message)) this.#pending.delete(message.xid);
  }

  #refused(message: Message, named: Pending | undefined): void {
    // An error that names no request can only be about the oldest: Open vSwitch answers them in their order.
    const [oldest] = message.xid === NO_XID ? this.#pending : [];
    const [xid, pending] = oldest ?? [message.xid, named];
    const error = decodeError(message.body, pending?.what ?? 'a message');
    if (pending !== undefined) {
      this.#pending.delete(xid);
      pending.reject(error);
      return;
    }
    for (const listener of this.#listeners) listener.error(message.xid, error);
  }

  #probe(): void {
    if (this.#end !== undefined) return;
    const verdict = this.#liveness.check(performance.now());
    if (verdict === 'probe') this.send(MessageType.ECHO_REQUEST, this.xid(), Buffer.alloc(0));
    if (verdict === 'dead') this.fail(new ConnectionLost(`${this.#name} is silent and answers no echo request`));
  }
}

import { asError } from '../base/thrown.ts';
import { BehaviorSubject, Observable, Subject, filter, firstValueFrom, map, takeUntil, timer } from 'rxjs';
import { ConditionChanges } from './condition-changes.ts';
import type { ChangeBatch } from './change.ts';
import { chain, runSliced } from '../base/slices.ts';
import { DisconnectedError, ProtocolError, SchemaError } from './errors.ts';
import { shakeHands, type Handshake } from './handshake.ts';
import type { Json } from './json-value.ts';
import { LockSet, type LockHandle } from './lock.ts';
import { noTransaction, type MonitorConditions, type MonitorRequest } from './monitor.ts';
import type { Operation } from './operation.ts';
import { Reconnector } from './reconnector.ts';
import { formatRemote } from './remote.ts';
import { Replica } from './replica.ts';
import type { Handled, RpcChannel } from './rpc-channel.ts';
import type { DatabaseSchema } from './schema.ts';
import { reconnectorOptions, type OvsdbSessionOptions } from './session-options.ts';
import type { SessionState } from './session-state.ts';
import { parseTransactResults, type OperationResult } from './transact-result.ts';
import type { Row, Uuid } from './value.ts';

/** A server that is busy answers late: only after so many milliseconds is the outcome of a transaction called unknown. */
const TRANSACT_MS = 60_000;

/**
 * A lasting session with one database (RFC 7047): connects and reconnects, and keeps a replica of the monitored columns,
 * from construction until `close()`.
 *
 * Order: `rows()` already shows a batch when `changes$` emits it, and `state$` says `synced` after the content of a new
 * connection was emitted. What a transaction changed may be emitted before the promise of `transact` resolves.
 */
export class OvsdbSession {
  /** The present state, then each new one. Completes after `closed`. */
  readonly state$: Observable<SessionState>;
  /**
   * To each subscriber the whole content as one `initial` batch, at once or when first synced, then every change. Completes
   * on `close()`. Never fails: what a subscriber throws is reported by rxjs and reaches neither others nor the parser.
   */
  readonly changes$: Observable<ChangeBatch>;

  readonly #options: OvsdbSessionOptions;
  readonly #state: BehaviorSubject<SessionState>;
  readonly #changes = new Subject<ChangeBatch>();
  readonly #replica = new Replica();
  readonly #locks = new LockSet();
  readonly #reconnector: Reconnector;
  #channel: RpcChannel | undefined;
  /** The handshake of this connection, once it is done: updates are welcome only then. */
  #handshake: Handshake | undefined;
  #schema: DatabaseSchema | undefined;
  readonly #conditions = new ConditionChanges();
  #lastTransaction = noTransaction;
  #filled = false;

  constructor(options: OvsdbSessionOptions) {
    this.#options = options;
    this.#state = new BehaviorSubject<SessionState>({ kind: 'connecting', remote: formatRemote(options.remotes[0]) });
    this.state$ = this.#state.asObservable();
    this.changes$ = new Observable((subscriber) => {
      if (this.#filled) subscriber.next({ origin: 'initial', changes: this.#replica.snapshot() });
      return this.#changes.subscribe(subscriber);
    });
    this.#reconnector = new Reconnector(reconnectorOptions(options), {
      onConnecting: (remote) => {
        this.#state.next({ kind: 'connecting', remote: formatRemote(remote) });
      },
      onConnected: (channel, remote) => {
        this.#connected(channel, formatRemote(remote));
      },
      onNotification: (method, params) => this.#notified(method, params),
      onAnswering: (answering) => {
        const { state } = this;
        if (state.kind === 'connected' || state.kind === 'synced') this.#state.next({ ...state, answering });
      },
      onFailed: (error, remote, retryInMs) => {
        this.#failed(error, formatRemote(remote), retryInMs);
      },
      onListenerError: (error) => options.onListenerError?.(error),
    });
  }

  /** The present state. */
  get state(): SessionState {
    return this.#state.value;
  }

  /** The schema of the server last connected to. */
  get schema(): DatabaseSchema | undefined {
    return this.#schema;
  }

  /** The replica's rows of `table` as of the last batch, stale while not synced; ask again after the next. */
  rows(table: string): ReadonlyMap<Uuid, Row> {
    return this.#replica.rows(table);
  }

  /**
   * Resolves once synced. Rejects with the last failure when that takes longer than `timeoutMs`, at once with a SchemaError
   * (which retrying does not mend), and with a DisconnectedError when the session is closed.
   */
  async ready(options: { readonly timeoutMs: number }): Promise<void> {
    let last: Error | undefined;
    const settled = this.#state.pipe(
      filter((state) => {
        if (state.kind === 'disconnected') last = state.error;
        return state.kind === 'synced' || state.kind === 'closed' || last instanceof SchemaError;
      }),
      map((state) => state.kind),
      takeUntil(timer(options.timeoutMs)),
    );
    const end = await firstValueFrom(settled, { defaultValue: 'late' as const });
    if (end === 'synced') return;
    if (end === 'closed') throw new DisconnectedError('the session was closed before it was synced');
    throw last ?? new DisconnectedError(`the database was not synced within ${options.timeoutMs} ms`);
  }

  /**
   * Runs `operations` as one transaction (RFC 7047 4.1.3) and resolves with one result each once it is committed. Rejects with
   * - OperationError or CommitError: nothing was committed;
   * - DisconnectedError or TimeoutError: it may or may not have been committed, unless nothing was sent;
   * - ValueError: nothing was sent, for it holds what OVSDB cannot;
   * - RpcError: the server refused the request.
   */
  async transact(
    operations: readonly Operation[],
    options: { readonly timeoutMs?: number } = {},
  ): Promise<OperationResult[]> {
    const channel = this.#channel;
    if (channel === undefined) throw new DisconnectedError('nothing was sent: the database is not connected');
    const params: Json[] = [this.#options.database];
    for (const operation of operations) params.push({ ...operation });
    const reply = await channel.call('transact', params, { timeoutMs: options.timeoutMs ?? TRANSACT_MS });
    return parseTransactResults(reply, operations);
  }

  /**
   * Replaces the conditions of the named monitored tables; rows that come into or fall out of sight are emitted as inserts
   * and deletes. Kept over reconnects. Resolves when a server has accepted it, which may be the next one that is connected to;
   * changes are put to it one after the other. Rejects with
   * - RpcError or ValueError: the server refuses it, or could not read it; the conditions are as they were;
   * - OvsdbError with code OVSDB_UNSUPPORTED: the server is too old for conditions and sends every row;
   * - DisconnectedError: the session was closed.
   */
  setConditions(conditions: MonitorConditions): Promise<void> {
    return this.#conditions.request(conditions);
  }

  /** Asks for a named lock (RFC 7047 4.1.8); `steal` takes it from whoever holds it. Kept over reconnects until released. */
  lock(name: string, options: { readonly steal?: boolean } = {}): LockHandle {
    return this.#locks.request(name, options.steal === true);
  }

  /** Ends the connection, every timer and both Observables. Pending calls are rejected. */
  close(): void {
    if (this.#state.value.kind === 'closed') return;
    this.#locks.close();
    this.#conditions.close();
    this.#reconnector.close();
    this.#channel = undefined;
    this.#state.next({ kind: 'closed' });
    this.#state.complete();
    this.#changes.complete();
  }

  #connected(channel: RpcChannel, remote: string): void {
    this.#channel = channel;
    this.#state.next({ kind: 'connected', remote, answering: true });
    const options = {
      database: this.#options.database,
      request: (schema: DatabaseSchema) => this.#monitorRequest(schema),
      // Another schema means other columns, so what was seen of the old ones is not a point to go on from.
      since: (schema: DatabaseSchema) =>
        schema.version === this.#schema?.version ? this.#lastTransaction : noTransaction,
    };
    shakeHands(channel, options, (made) => {
      this.#schema = made.schema;
      this.#replica.watch(made.watched);
      const { content, format, incremental, lastTransaction, method } = made.monitor;
      const steps = incremental ? this.#replica.apply(content, format) : this.#replica.load(content, format);
      return chain(this.#sliced(steps), (changes) => {
        this.#lastTransaction = lastTransaction;
        this.#handshake = made;
        const origin = this.#filled ? 'resync' : 'initial';
        this.#filled = true;
        this.#emit({ origin, changes });
        const { version } = made.schema;
        this.#reconnector.usable();
        this.#state.next({ kind: 'synced', remote, answering: true, method, schemaVersion: version });
        this.#locks.connected(channel);
        this.#conditions.connected(channel, method !== 'monitor');
      });
    });
  }

  #failed(error: Error, remote: string, retryInMs: number): void {
    this.#channel = undefined;
    this.#handshake = undefined;
    // What the server says cannot be followed from what we hold: start from its whole content.
    const unsure = this.#conditions.disconnected();
    if (unsure || error instanceof ProtocolError) this.#lastTransaction = noTransaction;
    this.#locks.disconnected();
    this.#state.next({ kind: 'disconnected', remote, error, retryInMs });
  }

  #notified(method: string, params: readonly Json[]): Handled {
    const channel = this.#channel;
    const close = (error: unknown): void => {
      channel?.close(asError(error));
    };
    try {
      switch (method) {
        case 'update':
        case 'update2':
        case 'update3': {
          const updates = params[method === 'update3' ? 2 : 1];
          const handled = chain(this.#updated(updates, method === 'update' ? 1 : 2), () => {
            const [, transaction] = params;
            if (method === 'update3' && typeof transaction === 'string') this.#lastTransaction = transaction;
          });
          return handled instanceof Promise ? handled.catch(close) : undefined;
        }
        case 'monitor_canceled':
          throw new DisconnectedError('the server ended the monitor: the database was removed or its schema converted');
        case 'locked':
        case 'stolen':
          this.#locks.notified(method, params);
          return;
      }
    } catch (error) {
      close(error);
    }
    return undefined;
  }

  #updated(updates: Json | undefined, format: 1 | 2): Handled {
    if (this.#handshake === undefined) throw new ProtocolError('the server sent an update before the initial content');
    return chain(this.#sliced(this.#replica.apply(updates ?? null, format)), (changes) => {
      this.#emit({ origin: 'update', changes });
    });
  }

  /** Runs `steps` in slices, and not to their end when the connection ends before: what they change is never half told. */
  #sliced<T>(steps: Generator<undefined, T>): T | Promise<T> {
    const channel = this.#channel;
    const isCurrent = (): boolean => this.#channel === channel;
    return runSliced(
      (function* () {
        for (;;) {
          if (!isCurrent()) throw new DisconnectedError('the connection ended before its content was taken in');
          const { done, value } = steps.next();
          if (done === true) return value;
          yield;
        }
      })(),
    );
  }

  #emit(batch: ChangeBatch): void {
    if (batch.changes.length > 0 || batch.origin === 'initial') this.#changes.next(batch);
  }

  #monitorRequest(schema: DatabaseSchema): MonitorRequest {
    const { monitor } = this.#options;
    const request = typeof monitor === 'function' ? monitor(schema) : monitor;
    const overridden = Object.entries(request).map(([table, spec]) => {
      const where = this.#conditions.accepted[table];
      return [table, where === undefined ? spec : { ...spec, where }] as const;
    });
    return Object.fromEntries(overridden);
  }
}

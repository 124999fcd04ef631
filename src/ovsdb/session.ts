import { BehaviorSubject, Observable, Subject, filter, firstValueFrom, map, takeUntil, timer } from 'rxjs';
import { asError } from '../base/thrown.ts';
import type { ChangeBatch, RowChange } from './change.ts';
import { DisconnectedError, SchemaError, UnfitServerError } from './errors.ts';
import { Follower } from './follower.ts';
import type { Json } from './json-value.ts';
import { LockSet, type LockHandle } from './lock.ts';
import type { MonitorConditions, MonitorMethod } from './monitor.ts';
import type { Operation } from './operation.ts';
import { Reconnector } from './reconnector.ts';
import { formatRemote } from './remote.ts';
import type { Handled, RpcChannel } from './rpc-channel.ts';
import type { DatabaseSchema } from './schema.ts';
import { judgeServer, noClusters, type SeenClusters } from './server-fitness.ts';
import { ServerWatch, serverMonitor } from './server-watch.ts';
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
  readonly #follower: Follower;
  readonly #locks = new LockSet();
  readonly #reconnector: Reconnector;
  #channel: RpcChannel | undefined;
  #remote = '';
  /** What the server of this connection says of itself, where the remotes are a cluster's. */
  #server: ServerWatch | undefined;
  #seen: SeenClusters = noClusters;
  /** The connection whose locks were asked for. */
  #locked: RpcChannel | undefined;
  #filled = false;

  constructor(options: OvsdbSessionOptions) {
    this.#options = options;
    this.#state = new BehaviorSubject<SessionState>({ kind: 'connecting', remote: formatRemote(options.remotes[0]) });
    this.state$ = this.#state.asObservable();
    this.changes$ = new Observable((subscriber) => {
      if (this.#filled) subscriber.next({ origin: 'initial', changes: this.#follower.snapshot() });
      return this.#changes.subscribe(subscriber);
    });
    this.#follower = new Follower({
      database: options.database,
      request: options.monitor,
      onSynced: (changes, method, schema) => {
        const channel = this.#channel;
        if (channel !== undefined) this.#synced(channel, changes, method, schema.version);
      },
      onUpdate: (changes) => {
        this.#emit({ origin: 'update', changes });
      },
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
    return this.#follower.schema;
  }

  /** The replica's rows of `table` as of the last batch, stale while not synced; ask again after the next. */
  rows(table: string): ReadonlyMap<Uuid, Row> {
    return this.#follower.rows(table);
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
    return this.#follower.conditions.request(conditions);
  }

  /** Asks for a named lock (RFC 7047 4.1.8); `steal` takes it from whoever holds it. Kept over reconnects until released. */
  lock(name: string, options: { readonly steal?: boolean } = {}): LockHandle {
    return this.#locks.request(name, options.steal === true);
  }

  /** Ends the connection, every timer and both Observables. Pending calls are rejected. */
  close(): void {
    if (this.#state.value.kind === 'closed') return;
    this.#locks.close();
    this.#follower.conditions.close();
    this.#reconnector.close();
    this.#channel = undefined;
    this.#state.next({ kind: 'closed' });
    this.#state.complete();
    this.#changes.complete();
  }

  #connected(channel: RpcChannel, remote: string): void {
    this.#channel = channel;
    this.#remote = remote;
    this.#state.next({ kind: 'connected', remote, answering: true });
    const { cluster, database } = this.#options;
    if (cluster === undefined) {
      this.#follower.follow(channel);
      return;
    }
    let isFollowing = false;
    this.#server = new ServerWatch(channel, database, (served) => {
      const fitness = judgeServer(served, cluster, this.#seen);
      if ('because' in fitness) throw new UnfitServerError(`${remote} is not used: ${fitness.because}`);
      this.#seen = fitness.seen;
      if (isFollowing) return;
      isFollowing = true;
      this.#follower.follow(channel);
    });
    this.#server.start();
  }

  #synced(channel: RpcChannel, changes: readonly RowChange[], method: MonitorMethod, schemaVersion: string): void {
    const origin = this.#filled ? 'resync' : 'initial';
    this.#filled = true;
    this.#emit({ origin, changes: origin === 'initial' ? this.#follower.snapshot() : changes });
    this.#reconnector.usable();
    this.#state.next({ kind: 'synced', remote: this.#remote, answering: true, method, schemaVersion });
    // Those of a connection whose schema was converted are held on.
    if (this.#locked !== channel) this.#locks.connected(channel);
    this.#locked = channel;
  }

  #failed(error: Error, remote: string, retryInMs: number): void {
    this.#channel = undefined;
    this.#server = undefined;
    this.#follower.disconnected(error);
    this.#locks.disconnected();
    this.#state.next({ kind: 'disconnected', remote, error, retryInMs });
  }

  #notified(method: string, params: readonly Json[]): Handled {
    const channel = this.#channel;
    const close = (error: unknown): void => {
      channel?.close(asError(error));
    };
    try {
      const handled = this.#handle(method, params);
      return handled instanceof Promise ? handled.catch(close) : undefined;
    } catch (error) {
      close(error);
    }
    return undefined;
  }

  #handle(method: string, params: readonly Json[]): Handled {
    switch (method) {
      case 'update':
      case 'update2':
      case 'update3':
        if (params[0] !== serverMonitor || this.#server === undefined) return this.#follower.updated(method, params);
        this.#server.updated(method, params);
        return;
      case 'monitor_canceled':
        this.#canceled(params[0]);
        return;
      case 'locked':
      case 'stolen':
        this.#locks.notified(method, params);
    }
  }

  #canceled(id: Json | undefined): void {
    if (this.#server === undefined || id === serverMonitor)
      throw new DisconnectedError('the server ended the monitor: the database was removed or its schema converted');
    const { state } = this;
    if (state.kind === 'synced')
      this.#state.next({ kind: 'connected', remote: state.remote, answering: state.answering });
    this.#follower.canceled(id);
  }

  #emit(batch: ChangeBatch): void {
    if (batch.changes.length > 0 || batch.origin === 'initial') this.#changes.next(batch);
  }
}

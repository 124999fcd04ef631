import { chain, runSliced } from '../base/slices.ts';
import type { RowChange } from './change.ts';
import { ConditionChanges } from './condition-changes.ts';
import { DisconnectedError, ProtocolError } from './errors.ts';
import { shakeHands } from './handshake.ts';
import type { Json } from './json-value.ts';
import {
  defaultMonitor,
  monitorMethods,
  noTransaction,
  type MonitorMethod,
  type MonitorRequest,
  type OpenedMonitor,
} from './monitor.ts';
import { Replica } from './replica.ts';
import type { Handled, RpcChannel } from './rpc-channel.ts';
import type { DatabaseSchema } from './schema.ts';
import type { Row, Uuid } from './value.ts';
import { watchedColumns } from './watched-columns.ts';

/** What a follower asks for and whom it tells. */
export interface FollowerOptions {
  readonly database: string;
  readonly request: MonitorRequest | ((schema: DatabaseSchema) => MonitorRequest);
  /** The replica equals the database; `changes` lead to it from what was told last. */
  readonly onSynced: (changes: readonly RowChange[], method: MonitorMethod, schema: DatabaseSchema) => void;
  readonly onUpdate: (changes: readonly RowChange[]) => void;
}

/**
 * Keeps a replica of what the monitors of one database show, over connections that come and go. Each monitor goes on from the last
 * transaction that it has seen, where the server remembers it.
 */
export class Follower {
  readonly conditions = new ConditionChanges();
  readonly #options: FollowerOptions;
  readonly #replica = new Replica();
  readonly #lastTransactions = new Map<string, string>();
  /** Methods of the monitors that are open. */
  readonly #open = new Map<string, MonitorMethod>();
  /** Changes of the replica that nobody was told of yet: of monitors whose connection ended before all of them were open. */
  #untold: RowChange[] = [];
  #schema: DatabaseSchema | undefined;
  #request: MonitorRequest = {};
  #channel: RpcChannel | undefined;
  #isSynced = false;
  /** Counts handshakes: what an earlier one asked for is answered in vain. */
  #handshakes = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** The schema of the server last connected to. */
  get schema(): DatabaseSchema | undefined {
    return this.#schema;
  }

  rows(table: string): ReadonlyMap<Uuid, Row> {
    return this.#replica.rows(table);
  }

  snapshot(): RowChange[] {
    return this.#replica.snapshot();
  }

  /** Opens the monitors on `channel`. Whatever goes wrong closes it. */
  follow(channel: RpcChannel): void {
    const handshake = ++this.#handshakes;
    this.#channel = channel;
    this.#open.clear();
    shakeHands(channel, {
      database: this.#options.database,
      request: (schema) => this.#look(schema),
      since: (id) => this.#lastTransactions.get(id) ?? noTransaction,
      isCurrent: () => this.#handshakes === handshake,
      opened: (id, request, monitor) => this.#opened(id, request, monitor),
      done: () => {
        this.#synced(channel);
      },
    });
  }

  /** The connection has ended, by `error`. */
  disconnected(error: Error): void {
    this.#rest();
    // What the server says cannot be followed from what we hold: start from its whole content.
    if (error instanceof ProtocolError) this.#lastTransactions.clear();
  }

  /**
   * The server has ended a monitor: the database was removed, or its schema converted. It ends all of them then, so the first one
   * is a reason to begin again, and others find nothing open.
   */
  canceled(id: Json | undefined): void {
    const channel = this.#channel;
    if (channel === undefined || typeof id !== 'string' || !this.#open.has(id)) return;
    this.#rest();
    this.follow(channel);
  }

  /** Takes an `update`, `update2` or `update3`. @throws ProtocolError, also in the promise */
  updated(method: string, params: readonly Json[]): Handled {
    const [id] = params;
    if (typeof id !== 'string')
      throw new ProtocolError('the server sent malformed table updates: they name no monitor');
    if (!this.#open.has(id)) throw new ProtocolError('the server sent an update before the initial content');
    const [transaction, updates] = method === 'update3' ? [params[1], params[2]] : [undefined, params[1]];
    const steps = this.#replica.apply(updates ?? null, method === 'update' ? 1 : 2);
    return chain(this.#sliced(steps), (changes) => {
      if (typeof transaction === 'string') this.#lastTransactions.set(id, transaction);
      if (this.#isSynced) this.#options.onUpdate(changes);
      else this.#tellLater(changes);
    });
  }

  #look(schema: DatabaseSchema): MonitorRequest {
    const { request } = this.#options;
    const asked = typeof request === 'function' ? request(schema) : request;
    const watched = watchedColumns(schema, asked);
    // Another schema means other columns, so what was seen of the old ones is not a point to go on from.
    if (schema.version !== this.#schema?.version) this.#lastTransactions.clear();
    this.#schema = schema;
    this.#replica.watch(watched);
    const overridden = Object.entries(asked).map(([table, spec]) => {
      const where = this.conditions.accepted[table];
      return [table, where === undefined ? spec : { ...spec, where }] as const;
    });
    this.#request = Object.fromEntries(overridden);
    return this.#request;
  }

  #opened(id: string, request: MonitorRequest, monitor: OpenedMonitor): Handled {
    const { content, format, incremental, lastTransaction, method } = monitor;
    const steps = incremental
      ? this.#replica.apply(content, format)
      : this.#replica.load(content, format, Object.keys(request));
    return chain(this.#sliced(steps), (changes) => {
      this.#lastTransactions.set(id, lastTransaction);
      this.#open.set(id, method);
      this.#tellLater(changes);
    });
  }

  #synced(channel: RpcChannel): void {
    const schema = this.#schema;
    if (schema === undefined) return;
    const changes = this.#untold;
    this.#untold = [];
    this.#isSynced = true;
    const worst = Math.max(0, ...Array.from(this.#open.values(), (method) => monitorMethods.indexOf(method)));
    const method = monitorMethods[worst] ?? 'monitor';
    this.#options.onSynced(changes, method, schema);
    this.conditions.connected(
      channel,
      method !== 'monitor',
      (table) => this.#request[table]?.monitor ?? defaultMonitor,
    );
  }

  #tellLater(changes: readonly RowChange[]): void {
    for (const change of changes) this.#untold.push(change);
  }

  #rest(): void {
    this.#handshakes++;
    this.#channel = undefined;
    this.#isSynced = false;
    this.#open.clear();
    // Whether the server had acted on the change is not known, and so neither is which rows its last transactions told of.
    if (this.conditions.disconnected()) this.#lastTransactions.clear();
  }

  /** Runs `steps` in slices, and not to their end when the connection ends before: what they change is never half told. */
  #sliced<T>(steps: Generator<undefined, T>): T | Promise<T> {
    const handshake = this.#handshakes;
    const isCurrent = (): boolean => this.#handshakes === handshake;
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
}

import { Observable, Subject } from 'rxjs';
import type { Dict } from '../base/dict.ts';
import type { ChangeBatch, RowChange } from '../ovsdb/change.ts';
import type { LockHandle } from '../ovsdb/lock.ts';
import type { Operation } from '../ovsdb/operation.ts';
import { OvsdbSession } from '../ovsdb/session.ts';
import type { ConnectionOptions } from '../ovsdb/session-options.ts';
import type { SessionState } from '../ovsdb/session-state.ts';
import type { OperationResult } from '../ovsdb/transact-result.ts';
import type { Uuid } from '../ovsdb/value.ts';
import { transactApplied } from './applied.ts';
import { checkSchema } from './check-schema.ts';
import {
  readBridgeRow,
  readControllerRow,
  readInterfaceRow,
  readMirrorRow,
  readOpenVSwitchRow,
  readPortRow,
  type BridgeRow,
  type ControllerRow,
  type InterfaceRow,
  type MirrorRow,
  type OpenVSwitchRow,
  type PortRow,
} from './rows.generated.ts';
import { TypedTable, type VswitchBatch, type VswitchChange } from './typed-change.ts';

interface Deadline {
  /** In milliseconds; default 10000. */
  readonly timeoutMs?: number;
}

/**
 * The Open_vSwitch database of one host in typed rows: a lasting session that checks the server's schema at each connect and
 * monitors the columns of `schemas/vswitch.slice.json` alone. Connects from construction until `close()`.
 */
export class VswitchDatabase {
  /** See OvsdbSession: what is emitted, and in which order, is the same. */
  readonly state$: Observable<SessionState>;
  /** See OvsdbSession: each subscriber first gets the whole content as one `initial` batch. */
  readonly changes$: Observable<VswitchBatch>;

  readonly #session: OvsdbSession;
  readonly #changes = new Subject<VswitchBatch>();
  readonly #roots = new TypedTable(readOpenVSwitchRow);
  readonly #bridges = new TypedTable(readBridgeRow);
  readonly #controllers = new TypedTable(readControllerRow);
  readonly #mirrors = new TypedTable(readMirrorRow);
  readonly #ports = new TypedTable(readPortRow);
  readonly #interfaces = new TypedTable(readInterfaceRow);
  #filled = false;

  constructor(options: ConnectionOptions) {
    this.#session = new OvsdbSession({ ...options, database: 'Open_vSwitch', monitor: checkSchema });
    this.state$ = this.#session.state$;
    this.changes$ = new Observable((subscriber) => {
      if (this.#filled) subscriber.next({ origin: 'initial', changes: this.#snapshot() });
      return this.#changes.subscribe(subscriber);
    });
    this.#session.changes$.subscribe({
      next: (batch) => {
        this.#follow(batch);
      },
      complete: () => {
        this.#changes.complete();
      },
    });
  }

  get state(): SessionState {
    return this.#session.state;
  }

  /** The one row of the Open_vSwitch table; undefined before the first sync, and in a database not yet initialised. */
  get root(): OpenVSwitchRow | undefined {
    for (const row of this.#roots.rows.values()) return row;
    return undefined;
  }

  /** As of the last batch; stale while not synced. */
  get bridges(): Dict<Uuid, BridgeRow> {
    return this.#bridges.rows;
  }

  get controllers(): Dict<Uuid, ControllerRow> {
    return this.#controllers.rows;
  }

  get mirrors(): Dict<Uuid, MirrorRow> {
    return this.#mirrors.rows;
  }

  get ports(): Dict<Uuid, PortRow> {
    return this.#ports.rows;
  }

  get interfaces(): Dict<Uuid, InterfaceRow> {
    return this.#interfaces.rows;
  }

  /** See OvsdbSession.ready. */
  ready(options: { readonly timeoutMs: number }): Promise<void> {
    return this.#session.ready(options);
  }

  /** See OvsdbSession.transact. */
  transact(operations: readonly Operation[], options: Deadline = {}): Promise<OperationResult[]> {
    return this.#session.transact(operations, options);
  }

  /** Like `transact`, and resolves once ovs-vswitchd has put it in force; with no operations it asks whether it has caught up. */
  applied(operations: readonly Operation[], options: Deadline = {}): Promise<OperationResult[]> {
    const database = {
      root: () => this.root,
      changes$: this.#changes,
      transact: this.transact.bind(this),
    };
    return transactApplied(database, operations, options.timeoutMs ?? 10_000);
  }

  /** See OvsdbSession.lock. */
  lock(name: string, options: { readonly steal?: boolean } = {}): LockHandle {
    return this.#session.lock(name, options);
  }

  /** See OvsdbSession.close. */
  close(): void {
    this.#session.close();
  }

  #follow({ origin, changes }: ChangeBatch): void {
    const typed = changes.flatMap((change) => this.#apply(change));
    this.#filled = true;
    this.#changes.next({ origin, changes: typed });
  }

  #apply(change: RowChange): VswitchChange[] {
    switch (change.table) {
      case 'Open_vSwitch':
        return [{ table: 'Open_vSwitch', ...this.#roots.apply(change) }];
      case 'Bridge':
        return [{ table: 'Bridge', ...this.#bridges.apply(change) }];
      case 'Controller':
        return [{ table: 'Controller', ...this.#controllers.apply(change) }];
      case 'Mirror':
        return [{ table: 'Mirror', ...this.#mirrors.apply(change) }];
      case 'Port':
        return [{ table: 'Port', ...this.#ports.apply(change) }];
      case 'Interface':
        return [{ table: 'Interface', ...this.#interfaces.apply(change) }];
      default:
        return [];
    }
  }

  #snapshot(): VswitchChange[] {
    return [
      ...this.#roots.snapshot().map((change) => ({ table: 'Open_vSwitch' as const, ...change })),
      ...this.#bridges.snapshot().map((change) => ({ table: 'Bridge' as const, ...change })),
      ...this.#controllers.snapshot().map((change) => ({ table: 'Controller' as const, ...change })),
      ...this.#mirrors.snapshot().map((change) => ({ table: 'Mirror' as const, ...change })),
      ...this.#ports.snapshot().map((change) => ({ table: 'Port' as const, ...change })),
      ...this.#interfaces.snapshot().map((change) => ({ table: 'Interface' as const, ...change })),
    ];
  }
}

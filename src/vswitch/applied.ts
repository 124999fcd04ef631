import { endWith, filter, firstValueFrom, map, startWith, takeUntil, timer, type Observable } from 'rxjs';
import { DisconnectedError, OvsdbError, TimeoutError } from '../ovsdb/errors.ts';
import { whereUuid, type Operation } from '../ovsdb/operation.ts';
import type { OperationResult } from '../ovsdb/transact-result.ts';
import type { Uuid } from '../ovsdb/value.ts';
import type { OpenVSwitchRow } from './rows.generated.ts';

/** What `transactApplied` needs of the database. */
export interface ApplyingDatabase {
  root(): OpenVSwitchRow | undefined;
  /** Emits after each change of `root()`; need not replay anything. Completes when the database is closed. */
  readonly changes$: Observable<unknown>;
  transact(operations: readonly Operation[], options: { readonly timeoutMs: number }): Promise<OperationResult[]>;
}

/**
 * Commits `operations` and waits until ovs-vswitchd has put them in force: the transaction also increments
 * `Open_vSwitch.next_cfg`, which ovs-vswitchd copies to `cur_cfg` once it is done (ovs-vswitchd.conf.db(5)). The wait goes on
 * over reconnects.
 * @param timeoutMs for commit and wait together
 * @throws TimeoutError when it is committed but not in force in time, DisconnectedError when the database is closed first, and
 * whatever `transact` throws
 */
export async function transactApplied(
  database: ApplyingDatabase,
  operations: readonly Operation[],
  timeoutMs: number,
): Promise<OperationResult[]> {
  const end = performance.now() + timeoutMs;
  const root = database.root()?._uuid;
  if (root === undefined) throw noRoot();
  const results = await database.transact([...operations, ...nextConfig(root)], { timeoutMs });
  const wanted = results.at(-1)?.rows?.[0]?.['next_cfg'];
  if (typeof wanted !== 'number' && typeof wanted !== 'bigint') throw noRoot();
  const outcome = await firstValueFrom(
    database.changes$.pipe(
      startWith(undefined),
      filter(() => (database.root()?.cur_cfg ?? -1) >= wanted),
      map(() => 'applied' as const),
      endWith('closed' as const),
      takeUntil(timer(Math.max(0, end - performance.now()))),
    ),
    { defaultValue: 'late' as const },
  );
  if (outcome === 'applied') return results.slice(0, operations.length);
  if (outcome === 'closed') throw new DisconnectedError('the database was closed before ovs-vswitchd had confirmed');
  throw new TimeoutError(
    `committed, but ovs-vswitchd did not put configuration ${wanted} in force within ${timeoutMs} ms: is it running?`,
  );
}

function nextConfig(root: Uuid): Operation[] {
  const where = whereUuid(root);
  return [
    { op: 'mutate', table: 'Open_vSwitch', where, mutations: [['next_cfg', '+=', 1]] },
    { op: 'select', table: 'Open_vSwitch', where, columns: ['next_cfg'] },
  ];
}

function noRoot(): OvsdbError {
  return new OvsdbError(
    'OVSDB_NO_ROOT',
    'the Open_vSwitch table has no row: start ovs-vswitchd, or run ovs-vsctl --no-wait init',
  );
}

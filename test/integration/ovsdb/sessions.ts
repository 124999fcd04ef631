import { OvsdbSession } from '../../../src/ovsdb/session.ts';
import type { ChangeBatch, RowChange } from '../../../src/ovsdb/change.ts';
import type { MonitorRequest } from '../../../src/ovsdb/monitor.ts';
import type { Operation } from '../../../src/ovsdb/operation.ts';
import { parseRemote } from '../../../src/ovsdb/remote.ts';
import type { OvsdbSessionOptions } from '../../../src/ovsdb/session-options.ts';
import type { Row } from '../../../src/ovsdb/value.ts';

/** Bridges and their settings: rows that need no others to exist. */
export const bridges: MonitorRequest = {
  Bridge: { columns: ['name', 'external_ids', 'flood_vlans', 'fail_mode', 'datapath_type', 'stp_enable'] },
  Open_vSwitch: { columns: ['bridges', 'next_cfg'] },
};

/** A session with the Open_vSwitch database at `remotes`; nothing is waited for. */
export function session(remotes: string | readonly string[], options: Partial<OvsdbSessionOptions> = {}): OvsdbSession {
  const [first, ...rest] = typeof remotes === 'string' ? [remotes] : remotes;
  return new OvsdbSession({
    remotes: [parseRemote(first ?? ''), ...rest.map(parseRemote)],
    database: 'Open_vSwitch',
    monitor: bridges,
    minBackoffMs: 20,
    maxBackoffMs: 100,
    ...options,
  });
}

/** Records what a session emits. */
export function record({ changes$ }: OvsdbSession): { batches: ChangeBatch[]; changes(): RowChange[] } {
  const batches: ChangeBatch[] = [];
  changes$.subscribe((batch) => batches.push(batch));
  return { batches, changes: () => batches.flatMap(({ changes }) => changes) };
}

/** Inserts a bridge and refers to it, so that it is not collected as garbage. */
export function addBridge(name: string, columns: Extract<Operation, { op: 'insert' }>['row'] = {}): Operation[] {
  return [
    { op: 'insert', table: 'Bridge', 'uuid-name': 'bridge', row: { name, ...columns } },
    { op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['bridges', 'insert', ['named-uuid', 'bridge']]] },
  ];
}

/** Removes a bridge and the reference to it. */
export function removeBridge({ rows }: { rows: ReadonlyMap<string, Row> }, name: string): Operation[] {
  const [uuid] = [...rows].find(([, row]) => row['name'] === name) ?? [''];
  return [{ op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['bridges', 'delete', ['uuid', uuid]]] }];
}

/** The row of the bridge of that name in the replica. */
export function bridgeNamed(client: OvsdbSession, name: string): Row | undefined {
  return [...client.rows('Bridge').values()].find((row) => row['name'] === name);
}

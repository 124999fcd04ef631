import { isDeepStrictEqual } from 'node:util';
import { isJsonArray, type Json, type JsonObject } from '../ovsdb/json-value.ts';
import { whereUuid, type Operation } from '../ovsdb/operation.ts';
import { isSetValue, type Row, type Uuid, type Value } from '../ovsdb/value.ts';
import { routerKey, type OwnRows, type OwnTable } from './own-rows.ts';

/** The host's rows as the database has them. */
export type PresentRows = (table: OwnTable) => ReadonlyMap<Uuid, Row>;

/** Columns by which a row is known for good. */
const FIXED: Readonly<Record<OwnTable, readonly string[]>> = {
  Endpoint: ['host', 'name'],
  Router: ['host', 'pvlan', 'mac'],
};

/**
 * What leads from the rows that are there to those that should be: nothing where they are the same, and never a row that has not
 * changed. Deletions come first, so that no index is in the way of a row that takes another's place.
 */
export function ownChanges(wanted: OwnRows, present: PresentRows): readonly Operation[] {
  const tables = ['Endpoint', 'Router'] as const;
  const steps = tables.map((table) => tableChanges(table, wanted[table], present(table)));
  return [...steps.flatMap(({ removals }) => removals), ...steps.flatMap(({ additions }) => additions)];
}

/** A host's latest incarnation alone writes: the transaction fails where another has taken the host over. */
export function fenced(host: string, epoch: string, operations: readonly Operation[]): readonly Operation[] {
  const wait: Operation = {
    op: 'wait',
    table: 'Host',
    where: [['name', '==', host]],
    columns: ['epoch'],
    until: '==',
    rows: [{ epoch }],
    timeout: 0,
  };
  return [wait, ...operations];
}

/** Takes the host over from whatever incarnation wrote before. */
export function takeOver(host: string, epoch: string, version: string, isKnown: boolean): readonly Operation[] {
  const row = { epoch, version };
  return isKnown
    ? [{ op: 'update', table: 'Host', where: [['name', '==', host]], row }]
    : [{ op: 'insert', table: 'Host', row: { name: host, ...row } }];
}

function tableChanges(
  table: OwnTable,
  wanted: ReadonlyMap<string, JsonObject>,
  present: ReadonlyMap<Uuid, Row>,
): { readonly removals: readonly Operation[]; readonly additions: readonly Operation[] } {
  const found = new Map<string, readonly [Uuid, Row]>();
  for (const [uuid, row] of present) found.set(keyOf(table, row), [uuid, row]);
  const removals: Operation[] = [];
  const additions: Operation[] = [];
  for (const [key, [uuid]] of found) {
    if (!wanted.has(key)) removals.push({ op: 'delete', table, where: whereUuid(uuid) });
  }
  for (const [key, row] of wanted) {
    const there = found.get(key);
    if (there === undefined) {
      additions.push({ op: 'insert', table, row });
      continue;
    }
    const [uuid, now] = there;
    const changed = Object.entries(row).filter(
      ([column, value]) => !FIXED[table].includes(column) && !isDeepStrictEqual(plain(value), wire(now[column])),
    );
    if (changed.length > 0)
      additions.push({ op: 'update', table, where: whereUuid(uuid), row: Object.fromEntries(changed) });
  }
  return { removals, additions };
}

function keyOf(table: OwnTable, row: Row): string {
  const { name, pvlan, mac } = row;
  if (table === 'Endpoint') return typeof name === 'string' ? name : '';
  return routerKey(typeof pvlan === 'number' ? pvlan : 0, typeof mac === 'string' ? mac : '');
}

/** A value as it is written, sets as sorted lists. */
function plain(json: Json | undefined): unknown {
  const atoms = isJsonArray(json) ? json[1] : undefined;
  return isJsonArray(atoms) ? [...atoms].sort() : json;
}

/** A value as it was read, in the same form. */
function wire(value: Value): unknown {
  if (value === undefined) return [];
  return isSetValue(value) ? [...value].sort() : value;
}

import { encodeValue } from '../ovsdb/datum.ts';
import type { Json } from '../ovsdb/json-value.ts';
import { setOf, stringMap, whereUuid, type Mutation, type Operation } from '../ovsdb/operation.ts';
import type { Uuid, Value } from '../ovsdb/value.ts';
import { sliceColumns, type VswitchTable, type VswitchTables } from './rows.generated.ts';

/** Columns to write: those named, with undefined for "not set". */
export type ColumnValues<T extends VswitchTable> = Partial<Omit<VswitchTables[T], '_uuid' | 'name'>>;

/** The columns of `T` that map strings to strings. */
export type MapColumn<T extends VswitchTable> = {
  [C in keyof VswitchTables[T]]: VswitchTables[T][C] extends ReadonlyMap<string, string> ? C : never;
}[keyof VswitchTables[T]] &
  string;

/** Keys to take from a map column and entries to put into it. */
export interface MapChange {
  readonly delete?: Iterable<string>;
  readonly insert?: Readonly<Record<string, string>> | ReadonlyMap<string, string>;
}

/** Writes the named columns of one row. Its result's `count` is 0 when the row has vanished. */
export function updateRow<T extends VswitchTable>(table: T, uuid: Uuid, columns: ColumnValues<T>): Operation {
  const row = Object.fromEntries(
    Object.entries(columns as Readonly<Record<string, Value>>).map(([name, value]): [string, Json] => {
      const type = sliceColumns[table][name]?.type;
      if (type === undefined) throw new TypeError(`table ${table} has no column ${name}`);
      return [name, encodeValue(value, type)];
    }),
  );
  return { op: 'update', table, where: whereUuid(uuid), row };
}

/**
 * Deletes keys from a map column of one row and sets others, without touching, or needing to know, any other key. Its
 * result's `count` is 0 when the row has vanished.
 */
export function mutateMap<T extends VswitchTable>(
  table: T,
  uuid: Uuid,
  column: MapColumn<T>,
  change: MapChange,
): Operation {
  const insert = new Map(change.insert instanceof Map ? change.insert : Object.entries(change.insert ?? {}));
  // Inserting leaves a key alone that is already there (RFC 7047 section 5.1, "mutation"), so each is deleted first.
  const keys = new Set([...(change.delete ?? []), ...insert.keys()]);
  const mutations: Mutation[] = [];
  if (keys.size > 0) mutations.push([column, 'delete', setOf(keys)]);
  if (insert.size > 0) mutations.push([column, 'insert', stringMap(insert)]);
  return { op: 'mutate', table, where: whereUuid(uuid), mutations };
}

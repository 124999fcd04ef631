import type { RowChange } from './change.ts';
import type { ColumnType } from './column-type.ts';
import { applyDifference, decodeValue, defaultValue } from './datum.ts';
import { ProtocolError } from './errors.ts';
import { member, type Json, type JsonObject } from './json-value.ts';
import { parseTableUpdates, type RowUpdate, type UpdateFormat } from './table-updates.ts';
import { sameValue, type Row, type Uuid, type Value } from './value.ts';

/** Types of the watched columns, by table and column. */
export type WatchedColumns = ReadonlyMap<string, ReadonlyMap<string, ColumnType>>;

/**
 * The watched part of a database as the server last described it. Each method either takes a whole message or, when it
 * throws, none of it. Rows are replaced, never changed in place.
 */
export class Replica {
  #watched: WatchedColumns = new Map();
  readonly #tables = new Map<string, Map<Uuid, Row>>();

  /** The rows of `table` as they are now; later messages may change them or put others in their place. Empty for a table that is not watched. */
  rows(table: string): ReadonlyMap<Uuid, Row> {
    return this.#table(table);
  }

  /** Every row, as inserts. */
  snapshot(): RowChange[] {
    const inserts: RowChange[] = [];
    for (const [table, rows] of this.#tables) {
      for (const [uuid, row] of rows) inserts.push({ table, uuid, kind: 'insert', old: undefined, new: row });
    }
    return inserts;
  }

  /** Sets which columns the next messages speak of. Call before `load`, on each connection. */
  watch(columns: WatchedColumns): void {
    this.#watched = columns;
  }

  /**
   * Replaces the content of `tables` by a full dump of them and returns the difference: rows that are not in the dump are
   * deletes. Yields between rows; the content is replaced in the last step, all at once.
   * @throws ProtocolError
   */
  *load(dump: Json, format: UpdateFormat, tables: Iterable<string>): Generator<undefined, RowChange[]> {
    const fresh = new Map(Array.from(tables, (table) => [table, new Map<Uuid, Row>()]));
    const changes: RowChange[] = [];
    for (const update of parseTableUpdates(dump, format)) {
      if (update.kind !== 'put')
        throw new ProtocolError('the server sent a change where the initial content should be');
      const { table, uuid } = update;
      const change = this.#change(update);
      push(changes, change);
      const row = change?.new ?? this.#table(table).get(uuid);
      const rows = fresh.get(table);
      if (rows === undefined) throw new ProtocolError(`the server sent rows of table ${table} in another's monitor`);
      if (row !== undefined) rows.set(uuid, row);
      yield;
    }
    for (const [table, rows] of fresh) {
      for (const [uuid, row] of this.#table(table)) {
        if (!rows.has(uuid)) changes.push({ table, uuid, kind: 'delete', old: row, new: undefined });
        yield;
      }
    }
    for (const [table, rows] of fresh) this.#tables.set(table, rows);
    return changes;
  }

  /**
   * Applies one update message and returns what it changed. Yields between rows; the content changes in the last step.
   * @throws ProtocolError, also when it names an unknown row
   */
  *apply(updates: Json, format: UpdateFormat): Generator<undefined, RowChange[]> {
    const changes: RowChange[] = [];
    for (const update of parseTableUpdates(updates, format)) {
      push(changes, this.#change(update));
      yield;
    }
    this.#commit(changes);
    return changes;
  }

  #change(update: RowUpdate): RowChange | undefined {
    const { table, uuid } = update;
    const types = this.#watched.get(table);
    if (types === undefined) throw new ProtocolError(`the server sent rows of table ${table}, which is not monitored`);
    const old = this.#table(table).get(uuid);
    switch (update.kind) {
      case 'delete':
        return old === undefined ? undefined : { table, uuid, kind: 'delete', old, new: undefined };
      case 'put': {
        const row = decodeRow(update.columns, types);
        if (old === undefined) return { table, uuid, kind: 'insert', old, new: row };
        return sameRow(old, row) ? undefined : { table, uuid, kind: 'modify', old, new: row };
      }
      case 'patch':
        if (old === undefined)
          throw new ProtocolError(`the server changed row ${uuid} of ${table}, which it never sent`);
        return { table, uuid, kind: 'modify', old, new: patchRow(old, update.columns, types) };
    }
  }

  #commit(changes: readonly RowChange[]): void {
    for (const { table, uuid, new: row } of changes) {
      if (row === undefined) this.#table(table).delete(uuid);
      else this.#table(table).set(uuid, row);
    }
  }

  #table(name: string): Map<Uuid, Row> {
    const rows = this.#tables.get(name) ?? new Map<Uuid, Row>();
    this.#tables.set(name, rows);
    return rows;
  }
}

/** Decodes the columns `types` names; those `columns` leaves out get their defaults. @throws ProtocolError */
export function decodeRow(columns: JsonObject, types: ReadonlyMap<string, ColumnType>): Row {
  const row: Record<string, Value> = {};
  for (const [name, type] of types) {
    const json = member(columns, name);
    row[name] = json === undefined ? defaultValue(type) : decodeValue(json, type);
  }
  return Object.freeze(row);
}

function patchRow(old: Row, columns: JsonObject, types: ReadonlyMap<string, ColumnType>): Row {
  const row: Record<string, Value> = { ...old };
  for (const [name, json] of Object.entries(columns)) {
    const type = types.get(name);
    if (type !== undefined && json !== undefined) row[name] = applyDifference(old[name], json, type);
  }
  return Object.freeze(row);
}

function sameRow(left: Row, right: Row): boolean {
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && sameValue(left[name], right[name]))
  );
}

function push(changes: RowChange[], change: RowChange | undefined): void {
  if (change !== undefined) changes.push(change);
}

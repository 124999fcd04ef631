import { ProtocolError } from './errors.ts';
import { isJsonObject, member, memberNames, type Json, type JsonObject } from './json-value.ts';
import { isUuid, type Uuid } from './value.ts';

/** 1: `<table-updates>` (RFC 7047 4.1.6); 2: `<table-updates2>` of `update2` and `update3` (ovsdb-server(7) 4.1.13). */
export type UpdateFormat = 1 | 2;

/** What one update says of one row. */
export type RowUpdate = { readonly table: string; readonly uuid: Uuid } &
  /** The row now is this; columns it leaves out have their defaults. */
  (
    | { readonly kind: 'put'; readonly columns: JsonObject }
    /** These columns changed, as differences. */
    | { readonly kind: 'patch'; readonly columns: JsonObject }
    | { readonly kind: 'delete' }
  );

/** The rows that table updates of either format speak of, one by one. @throws ProtocolError */
export function* parseTableUpdates(json: Json, format: UpdateFormat): Generator<RowUpdate, undefined> {
  const tables = object(json);
  for (const table of memberNames(tables)) {
    const rows = object(tables[table]);
    for (const uuid of memberNames(rows)) {
      const body = rows[uuid];
      if (!isUuid(uuid) || !isJsonObject(body)) throw malformed();
      yield { table, uuid, ...(format === 1 ? parseUpdate(body) : parseUpdate2(body)) };
    }
  }
  return undefined;
}

type Parsed = { readonly kind: 'put' | 'patch'; readonly columns: JsonObject } | { readonly kind: 'delete' };

function parseUpdate(body: JsonObject): Parsed {
  const columns = member(body, 'new') ?? null;
  if (columns === null) return { kind: 'delete' };
  if (!isJsonObject(columns)) throw malformed();
  return { kind: 'put', columns };
}

function parseUpdate2(body: JsonObject): Parsed {
  if (Object.hasOwn(body, 'delete')) return { kind: 'delete' };
  const whole = member(body, 'initial') ?? member(body, 'insert');
  if (isJsonObject(whole)) return { kind: 'put', columns: whole };
  const columns = member(body, 'modify');
  if (!isJsonObject(columns)) throw malformed();
  return { kind: 'patch', columns };
}

function object(json: Json | undefined): JsonObject {
  if (!isJsonObject(json)) throw malformed();
  return json;
}

function malformed(): ProtocolError {
  return new ProtocolError('the server sent malformed table updates');
}

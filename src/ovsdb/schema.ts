import { parseColumnType, type ColumnType } from './column-type.ts';
import { ProtocolError } from './errors.ts';
import { isJsonObject, member, type Json } from './json-value.ts';

/** Column types of one table, by column name; `_uuid` and `_version` are not among them. */
export type TableSchema = ReadonlyMap<string, ColumnType>;

/** What a client needs of a `<database-schema>` (RFC 7047 section 3.2). */
export interface DatabaseSchema {
  readonly name: string;
  readonly version: string;
  readonly tables: ReadonlyMap<string, TableSchema>;
}

/** Reads the reply to `get_schema`. @throws ProtocolError */
export function parseDatabaseSchema(json: Json): DatabaseSchema {
  const name = isJsonObject(json) ? member(json, 'name') : undefined;
  const version = isJsonObject(json) ? (member(json, 'version') ?? 'unknown') : undefined;
  const tables = isJsonObject(json) ? member(json, 'tables') : undefined;
  if (typeof name !== 'string' || typeof version !== 'string' || !isJsonObject(tables)) {
    throw new ProtocolError('the server sent a malformed database schema');
  }
  return { name, version, tables: new Map(Object.entries(tables).map(([table, body]) => [table, parseTable(body)])) };
}

function parseTable(json: Json | undefined): TableSchema {
  const columns = isJsonObject(json) ? member(json, 'columns') : undefined;
  if (!isJsonObject(columns)) throw new ProtocolError('the server sent a malformed table schema');
  return new Map(
    Object.entries(columns).map(([column, body]) => [
      column,
      parseColumnType(isJsonObject(body) ? member(body, 'type') : undefined),
    ]),
  );
}

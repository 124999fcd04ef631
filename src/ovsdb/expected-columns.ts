import { formatColumnType, type ColumnType } from './column-type.ts';
import { SchemaError } from './errors.ts';
import type { MonitorRequest, TableMonitor } from './monitor.ts';
import type { DatabaseSchema } from './schema.ts';

/** A column that a program depends on; an optional one may be missing on the server. */
export interface ExpectedColumn {
  readonly type: ColumnType;
  readonly optional: boolean;
}

/** Columns that a program depends on, by table and name. */
export type ExpectedColumns = Readonly<Record<string, Readonly<Record<string, ExpectedColumn>>>>;

/**
 * Compares the server's schema with what a program depends on, and returns what to monitor: all of it, less the optional columns
 * that the server lacks.
 * @param remedy how the operator can make the schema fit
 * @throws SchemaError: one line with the first table or column that is missing or of another type, the version, the remedy
 */
export function expectColumns(schema: DatabaseSchema, expected: ExpectedColumns, remedy: string): MonitorRequest {
  const mismatch = (what: string): SchemaError =>
    new SchemaError(`the server's ${schema.name} schema ${schema.version} ${what}: ${remedy}`);
  const request: Record<string, TableMonitor> = {};
  for (const [table, columns] of Object.entries(expected)) {
    const types = schema.tables.get(table);
    if (types === undefined) throw mismatch(`has no table ${table}`);
    const present: string[] = [];
    for (const [column, wanted] of Object.entries(columns)) {
      const type = types.get(column);
      if (type === undefined) {
        if (wanted.optional) continue;
        throw mismatch(`has no column ${column} in table ${table}`);
      }
      const [found, needed] = [formatColumnType(type), formatColumnType(wanted.type)];
      if (found !== needed) throw mismatch(`has column ${column} of table ${table} as ${found}, not ${needed}`);
      present.push(column);
    }
    request[table] = { columns: present };
  }
  return request;
}

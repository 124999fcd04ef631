import { formatColumnType } from '../ovsdb/column-type.ts';
import { SchemaError } from '../ovsdb/errors.ts';
import type { MonitorRequest, TableMonitor } from '../ovsdb/monitor.ts';
import type { DatabaseSchema } from '../ovsdb/schema.ts';
import { sliceColumns, sliceSince } from './rows.generated.ts';

/**
 * Compares the server's schema with the slice this program depends on, and returns what to monitor: the slice's columns, less
 * the optional ones the server lacks.
 * @throws SchemaError: one line with the first table or column that is missing or of another type, the version, the remedy
 */
export function checkSchema(schema: DatabaseSchema): MonitorRequest {
  const request: Record<string, TableMonitor> = {};
  for (const [table, columns] of Object.entries(sliceColumns)) {
    const types = schema.tables.get(table);
    if (types === undefined) throw mismatch(schema, `has no table ${table}`);
    const present: string[] = [];
    for (const [column, wanted] of Object.entries(columns)) {
      const type = types.get(column);
      if (type === undefined) {
        if (wanted.optional) continue;
        throw mismatch(schema, `has no column ${column} in table ${table}`);
      }
      const [found, expected] = [formatColumnType(type), formatColumnType(wanted.type)];
      if (found !== expected)
        throw mismatch(schema, `has column ${column} of table ${table} as ${found}, not ${expected}`);
      present.push(column);
    }
    request[table] = { columns: present };
  }
  return request;
}

function mismatch(schema: DatabaseSchema, what: string): SchemaError {
  const remedy = `run ${sliceSince} or later and convert the database to its schema (ovsdb-client convert)`;
  return new SchemaError(`the server's ${schema.name} schema ${schema.version} ${what}: ${remedy}`);
}

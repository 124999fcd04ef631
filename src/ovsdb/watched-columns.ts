import type { ColumnType } from './column-type.ts';
import { SchemaError } from './errors.ts';
import type { MonitorRequest } from './monitor.ts';
import type { WatchedColumns } from './replica.ts';
import type { DatabaseSchema } from './schema.ts';

/**
 * Looks up the types of the requested columns.
 * @throws SchemaError naming the first table or column the server does not have
 */
export function watchedColumns(schema: DatabaseSchema, request: MonitorRequest): WatchedColumns {
  const watched = new Map<string, ReadonlyMap<string, ColumnType>>();
  for (const [table, { columns }] of Object.entries(request)) {
    const types = schema.tables.get(table);
    if (types === undefined) throw missing(schema, `table ${table}`);
    watched.set(
      table,
      new Map(
        columns.map((column) => {
          const type = types.get(column);
          if (type === undefined) throw missing(schema, `column ${column} of table ${table}`);
          return [column, type];
        }),
      ),
    );
  }
  return watched;
}

function missing(schema: DatabaseSchema, what: string): SchemaError {
  return new SchemaError(`the server's ${schema.name} schema ${schema.version} has no ${what}`);
}

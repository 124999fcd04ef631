import { expectColumns } from '../ovsdb/expected-columns.ts';
import type { MonitorRequest } from '../ovsdb/monitor.ts';
import type { DatabaseSchema } from '../ovsdb/schema.ts';
import { sliceColumns, sliceSince } from './rows.generated.ts';

/** What of the Open_vSwitch database to monitor, by the server's schema. @throws SchemaError */
export function checkSchema(schema: DatabaseSchema): MonitorRequest {
  const remedy = `run ${sliceSince} or later and convert the database to its schema (ovsdb-client convert)`;
  return expectColumns(schema, sliceColumns, remedy);
}

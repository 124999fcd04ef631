import type { ColumnType } from '../ovsdb/column-type.ts';
import { decodeValue } from '../ovsdb/datum.ts';
import type { JsonObject } from '../ovsdb/json-value.ts';
import type { Operation } from '../ovsdb/operation.ts';
import { isMapValue, isSetValue, type Value } from '../ovsdb/value.ts';
import type { VswitchDatabase } from '../vswitch/database.ts';

const UUIDS: ColumnType = { key: { type: 'uuid' }, min: 0, max: Infinity };
const INTEGERS: ColumnType = { key: { type: 'integer' }, min: 0, max: Infinity };
const BOOLEAN: ColumnType = { key: { type: 'boolean' }, min: 1, max: 1 };
const STRING: ColumnType = { key: { type: 'string' }, min: 1, max: 1 };
const UUID: ColumnType = { key: { type: 'uuid' }, min: 1, max: 1 };
const OPTIONAL_UUID: ColumnType = { key: { type: 'uuid' }, min: 0, max: 1 };
const OPTIONAL_INTEGER: ColumnType = { key: { type: 'integer' }, min: 0, max: 1 };

/** Columns that a proof needs and the agent does not: asked for once, not watched. */
const ASKED: Readonly<Record<'Bridge' | 'Port' | 'Mirror', Readonly<Record<string, ColumnType>>>> = {
  Bridge: { _uuid: UUID, mirrors: UUIDS, mcast_snooping_enable: BOOLEAN },
  Port: { _uuid: UUID, cvlans: INTEGERS },
  Mirror: {
    _uuid: UUID,
    name: STRING,
    select_all: BOOLEAN,
    select_src_port: UUIDS,
    select_dst_port: UUIDS,
    output_port: OPTIONAL_UUID,
    output_vlan: OPTIONAL_INTEGER,
  },
};

type Table = keyof typeof ASKED;
type FactRow = Readonly<Record<string, Value>>;

/** Those columns by table and row. */
export type SwitchFacts = Readonly<Record<Table, ReadonlyMap<string, FactRow>>>;

/** Asks the database, in one transaction. @throws OvsdbError */
export async function readSwitchFacts(database: VswitchDatabase): Promise<SwitchFacts> {
  const tables = ['Bridge', 'Port', 'Mirror'] as const;
  const select = (table: Table): Operation => ({ op: 'select', table, where: [], columns: Object.keys(ASKED[table]) });
  const results = await database.transact(tables.map(select));
  const [bridges, ports, mirrors] = tables.map((table, index) => decode(table, results[index]?.rows ?? []));
  const none: ReadonlyMap<string, FactRow> = new Map();
  return { Bridge: bridges ?? none, Port: ports ?? none, Mirror: mirrors ?? none };
}

function decode(table: Table, rows: readonly JsonObject[]): ReadonlyMap<string, FactRow> {
  return new Map(
    rows.map((row) => {
      const columns = Object.entries(ASKED[table]).map(([name, type]) => [name, decodeValue(row[name] ?? null, type)]);
      const decoded = Object.fromEntries(columns) as FactRow;
      return [nameOf(decoded['_uuid']), decoded];
    }),
  );
}

/** A set of row identities or numbers as text. */
export function namesOf(value: Value): readonly string[] {
  if (isSetValue(value)) return value.map(String);
  return value === undefined || isMapValue(value) ? [] : [String(value)];
}

/** A column that has exactly one atom, as text. */
export function nameOf(value: Value): string {
  return namesOf(value)[0] ?? '';
}

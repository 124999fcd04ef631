import { ProtocolError } from './errors.ts';
import { isJsonObject, member, type Json } from './json-value.ts';

/** The base types of RFC 7047 section 3.2. */
export const atomTypes = ['integer', 'real', 'boolean', 'string', 'uuid'] as const;
export type AtomType = (typeof atomTypes)[number];

/** The type of a map's keys or of any column's elements. */
export interface BaseType {
  readonly type: AtomType;
  /** The table a uuid refers to. */
  readonly refTable?: string;
}

/** A column's type. `min` is 0 or 1; `max` is Infinity for "unlimited". `value` makes it a map. */
export interface ColumnType {
  readonly key: BaseType;
  readonly value?: BaseType;
  readonly min: number;
  readonly max: number;
}

/** Reads a `<type>` of RFC 7047 section 3.2. @throws ProtocolError */
export function parseColumnType(json: Json | undefined): ColumnType {
  if (!isJsonObject(json)) return { key: parseBaseType(json), min: 1, max: 1 };
  const key = parseBaseType(member(json, 'key'));
  const value = member(json, 'value');
  const min = member(json, 'min') ?? 1;
  const max = member(json, 'max') ?? 1;
  if (typeof min !== 'number') throw new ProtocolError('a column type in the schema has a malformed "min"');
  const limit = max === 'unlimited' ? Infinity : max;
  if (typeof limit !== 'number') throw new ProtocolError('a column type in the schema has a malformed "max"');
  return { key, min, max: limit, ...(value === undefined ? {} : { value: parseBaseType(value) }) };
}

/**
 * A type in one line, e.g. `map of string to uuid of Flow_Table`. Two types with the same text hold the same values, up to
 * enumerations and ranges, which grow from release to release.
 */
export function formatColumnType(type: ColumnType): string {
  const key = formatBaseType(type.key);
  const element = type.value === undefined ? key : `${key} to ${formatBaseType(type.value)}`;
  if (type.max > 1) return `${type.value === undefined ? 'set' : 'map'} of ${element}`;
  return type.min === 0 ? `optional ${element}` : element;
}

function parseBaseType(json: Json | undefined): BaseType {
  const name = isJsonObject(json) ? member(json, 'type') : json;
  const type = atomTypes.find((known) => known === name);
  if (type === undefined) throw new ProtocolError('a column type in the schema is not one of RFC 7047');
  const refTable = isJsonObject(json) ? member(json, 'refTable') : undefined;
  return typeof refTable === 'string' ? { type, refTable } : { type };
}

function formatBaseType(base: BaseType): string {
  return base.refTable === undefined ? base.type : `${base.type} of ${base.refTable}`;
}

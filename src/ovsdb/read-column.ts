import { isMapValue, isSetValue, isUuid, type Uuid, type Value } from './value.ts';

// The schema check has made sure of each column's type before any row is read, so another type here is a fault of ours. What
// a type cannot promise is size: an integer beyond 2^53 where no sane one is reads as if it were not set.

export function readString(value: Value): string {
  return typeof value === 'string' ? value : unexpected(value);
}

export function readBoolean(value: Value): boolean {
  return typeof value === 'boolean' ? value : unexpected(value);
}

export function readInteger(value: Value): number | bigint {
  return typeof value === 'number' || typeof value === 'bigint' ? value : unexpected(value);
}

export function readOptionalString(value: Value): string | undefined {
  return value === undefined ? undefined : readString(value);
}

export function readOptionalBoolean(value: Value): boolean | undefined {
  return value === undefined ? undefined : readBoolean(value);
}

export function readOptionalInteger(value: Value): number | undefined {
  if (value === undefined) return undefined;
  const integer = readInteger(value);
  return typeof integer === 'number' ? integer : undefined;
}

export function readIntegerSet(value: Value): readonly number[] {
  return isSetValue(value) ? value.filter((atom) => typeof atom === 'number') : unexpected(value);
}

export function readStringSet(value: Value): readonly string[] {
  return isSetValue(value) ? value.filter((atom) => typeof atom === 'string') : unexpected(value);
}

export function readUuidSet(value: Value): readonly Uuid[] {
  return isSetValue(value) ? value.filter(isUuid) : unexpected(value);
}

export function readStringMap(value: Value): ReadonlyMap<string, string> {
  if (!isMapValue(value)) return unexpected(value);
  const map = new Map<string, string>();
  for (const [key, atom] of value) map.set(readString(key), readString(atom));
  return map;
}

function unexpected(value: Value): never {
  throw new TypeError(`a column holds ${typeof value} against its schema`);
}

import type { AtomType, ColumnType } from './column-type.ts';
import { ProtocolError } from './errors.ts';
import { isJsonArray, type Json } from './json-value.ts';
import { compareAtoms, isMapValue, isSetValue, isUuid, type Atom, type Value } from './value.ts';

/** The shapes of `Value`. */
type Shape = 'one' | 'optional' | 'set' | 'map';

function shapeOf(type: ColumnType): Shape {
  if (type.value !== undefined) return 'map';
  if (type.max > 1) return 'set';
  return type.min === 0 ? 'optional' : 'one';
}

/** Decodes a `<value>` (RFC 7047 section 5.1) by its column's type. @throws ProtocolError */
export function decodeValue(json: Json, type: ColumnType): Value {
  switch (shapeOf(type)) {
    case 'map':
      return checkSize(new Map(decodePairs(json, type)), type);
    case 'set':
      return checkSize(decodeElements(json, type).sort(compareAtoms), type);
    case 'optional':
    case 'one': {
      const elements = decodeElements(json, type);
      if (elements.length > 1 || elements.length < type.min) {
        throw new ProtocolError(`the server sent ${elements.length} values for a column that holds one`);
      }
      return elements[0];
    }
  }
}

/** The value a column has when an `insert` or `initial` leaves it out (RFC 7047 section 5.2.1). */
export function defaultValue(type: ColumnType): Value {
  switch (shapeOf(type)) {
    case 'map':
      return new Map();
    case 'set':
      return type.min === 0 ? [] : [defaultAtom(type.key.type)];
    case 'optional':
      return undefined;
    case 'one':
      return defaultAtom(type.key.type);
  }
}

/**
 * Applies a column of an `update2`/`update3` `modify` (ovsdb-server(7) section 4.1.15). Sets and maps of more than one
 * element come as a difference: what is in both vanishes, what is in one stays, a map's key with another value is replaced.
 * Any other column comes as its new value.
 */
export function applyDifference(old: Value, json: Json, type: ColumnType): Value {
  if (type.max <= 1) return decodeValue(json, type);
  if (type.value === undefined) {
    const members = new Set(isSetValue(old) ? old : []);
    for (const atom of decodeElements(json, type)) if (!members.delete(atom)) members.add(atom);
    return [...members].sort(compareAtoms);
  }
  const map = new Map(isMapValue(old) ? old : []);
  for (const [key, atom] of decodePairs(json, type)) {
    if (map.has(key) && map.get(key) === atom) map.delete(key);
    else map.set(key, atom);
  }
  return map;
}

/** Encodes a value by its column's type; the inverse of `decodeValue`. */
export function encodeValue(value: Value, type: ColumnType): Json {
  if (isMapValue(value)) {
    const valueType = type.value?.type ?? 'string';
    return ['map', [...value].map(([key, atom]) => [encodeAtom(key, type.key.type), encodeAtom(atom, valueType)])];
  }
  if (isSetValue(value)) return ['set', value.map((atom) => encodeAtom(atom, type.key.type))];
  return value === undefined ? ['set', []] : encodeAtom(value, type.key.type);
}

function decodeElements(json: Json, type: ColumnType): Atom[] {
  const members = tagged(json, 'set');
  if (members === undefined) return [decodeAtom(json, type.key.type)];
  const atoms = members.map((element) => decodeAtom(element, type.key.type));
  if (new Set(atoms).size < atoms.length) throw new ProtocolError('the server sent a set with an element twice');
  return atoms;
}

function decodePairs(json: Json, type: ColumnType): [Atom, Atom][] {
  const pairs = tagged(json, 'map');
  const valueType = type.value?.type;
  if (pairs === undefined || valueType === undefined)
    throw new ProtocolError('the server sent no map for a map column');
  const decoded = pairs.map((pair): [Atom, Atom] => {
    const [key, value] = isJsonArray(pair) ? pair : [];
    if (key === undefined || value === undefined) throw new ProtocolError('the server sent a malformed map');
    return [decodeAtom(key, type.key.type), decodeAtom(value, valueType)];
  });
  if (new Set(decoded.map(([key]) => key)).size < decoded.length) {
    throw new ProtocolError('the server sent a map with a key twice');
  }
  return decoded;
}

/** Whether a set or map has as many elements as its type lets it. */
function checkSize<T extends readonly Atom[] | ReadonlyMap<Atom, Atom>>(value: T, type: ColumnType): T {
  const size = isMapValue(value) ? value.size : value.length;
  if (size >= type.min && size <= type.max) return value;
  throw new ProtocolError(`the server sent ${size} values for a column that holds ${type.min} to ${type.max}`);
}

function tagged(json: Json, tag: 'set' | 'map'): readonly Json[] | undefined {
  if (!isJsonArray(json) || json[0] !== tag) return undefined;
  const body = json[1];
  if (!isJsonArray(body)) throw new ProtocolError(`the server sent a malformed ${tag}`);
  return body;
}

function decodeAtom(json: Json, type: AtomType): Atom {
  switch (type) {
    case 'integer':
      if (typeof json === 'bigint' || Number.isSafeInteger(json)) return json as number | bigint;
      break;
    case 'real':
      if ((typeof json === 'number' && Number.isFinite(json)) || typeof json === 'bigint') return Number(json);
      break;
    case 'boolean':
      if (typeof json === 'boolean') return json;
      break;
    case 'string':
      if (typeof json === 'string') return json;
      break;
    case 'uuid': {
      const text = isJsonArray(json) && json[0] === 'uuid' ? json[1] : undefined;
      if (isUuid(text)) return text;
    }
  }
  throw new ProtocolError(`the server sent a value that is not of type ${type}`);
}

function encodeAtom(atom: Atom, type: AtomType): Json {
  return type === 'uuid' ? ['uuid', String(atom)] : atom;
}

function defaultAtom(type: AtomType): Atom {
  switch (type) {
    case 'integer':
    case 'real':
      return 0;
    case 'boolean':
      return false;
    case 'string':
      return '';
    case 'uuid':
      return '00000000-0000-0000-0000-000000000000';
  }
}

/** A row's identity. The brand keeps names and other strings from passing for one. */
export type Uuid = string & { readonly [uuidBrand]: true };
declare const uuidBrand: unique symbol;

/** One value of a base type; an integer is bigint only beyond ±2^53 (RFC 7047 section 5.1, "atom"). */
export type Atom = string | number | bigint | boolean;

/**
 * A column's value, shaped by its type: exactly one → the atom; at most one → the atom or undefined; a set → its atoms in
 * ascending order; a map → a Map. Values are never changed once published.
 */
export type Value = Atom | undefined | readonly Atom[] | ReadonlyMap<Atom, Atom>;

/** The selected columns of a row, by name. */
export type Row = Readonly<Record<string, Value>>;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True when `text` is written as a UUID. */
export function isUuid(text: unknown): text is Uuid {
  return typeof text === 'string' && uuidPattern.test(text);
}

/** True for the Map shape of a value. */
export function isMapValue(value: Value): value is ReadonlyMap<Atom, Atom> {
  return value instanceof Map;
}

/** True for the array shape of a value. */
export function isSetValue(value: Value): value is readonly Atom[] {
  return Array.isArray(value);
}

/** Orders atoms of one type. */
export function compareAtoms(left: Atom, right: Atom): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Equality by content. */
export function sameValue(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (isSetValue(left)) {
    return isSetValue(right) && left.length === right.length && left.every((atom, index) => atom === right[index]);
  }
  if (!isMapValue(left) || !isMapValue(right) || left.size !== right.size) return false;
  for (const [key, atom] of left) if (right.get(key) !== atom || !right.has(key)) return false;
  return true;
}

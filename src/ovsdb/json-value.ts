/** A JSON value. Integers beyond ±2^53 are bigint, every other number is a double. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;
/** A JSON object. Its member names come from the peer: read through `Object.hasOwn`-safe means only. */
export interface JsonObject {
  readonly [member: string]: Json | undefined;
}

/** True for an object that is neither null nor an array. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a JSON array; unlike Array.isArray it keeps the element type. */
export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** An object's own member; `undefined` where it has none, whatever its prototype holds. */
export function member(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

const noted = new WeakMap<JsonObject, readonly string[]>();

/** Notes the member names of a large object, so that `memberNames` need not ask for them all at once. */
export function noteMemberNames(object: JsonObject, names: readonly string[]): void {
  noted.set(object, names);
}

/**
 * An object's member names. JavaScript takes 50 ms to list those of an object of 200,000 members; whoever made a large one has
 * them already.
 */
export function memberNames(object: JsonObject): readonly string[] {
  return noted.get(object) ?? Object.keys(object);
}

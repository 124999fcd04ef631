import type { Json, JsonObject } from './json-value.ts';
import type { Atom, Uuid } from './value.ts';

/** `[column, function, value]` (RFC 7047 section 5.1, "condition"). */
export type Condition = readonly [
  column: string,
  test: '<' | '<=' | '==' | '!=' | '>=' | '>' | 'includes' | 'excludes',
  value: Json,
];
/** `[column, mutator, value]` (RFC 7047 section 5.1, "mutation"). */
export type Mutation = readonly [
  column: string,
  mutator: '+=' | '-=' | '*=' | '/=' | '%=' | 'insert' | 'delete',
  value: Json,
];

/** The operations of a transaction, as they go on the wire (RFC 7047 section 5.2). */
export type Operation =
  | { readonly op: 'insert'; readonly table: string; readonly row: JsonObject; readonly 'uuid-name'?: string }
  | {
      readonly op: 'select';
      readonly table: string;
      readonly where: readonly Condition[];
      readonly columns?: readonly string[];
    }
  | { readonly op: 'update'; readonly table: string; readonly where: readonly Condition[]; readonly row: JsonObject }
  | {
      readonly op: 'mutate';
      readonly table: string;
      readonly where: readonly Condition[];
      readonly mutations: readonly Mutation[];
    }
  | { readonly op: 'delete'; readonly table: string; readonly where: readonly Condition[] }
  | {
      readonly op: 'wait';
      readonly table: string;
      readonly where: readonly Condition[];
      readonly columns: readonly string[];
      readonly until: '==' | '!=';
      readonly rows: readonly JsonObject[];
      readonly timeout?: number;
    }
  | { readonly op: 'commit'; readonly durable: boolean }
  | { readonly op: 'abort' }
  | { readonly op: 'comment'; readonly comment: string }
  | { readonly op: 'assert'; readonly lock: string };

/** The condition that matches the row `uuid`, and nothing once it is gone. */
export function whereUuid(uuid: Uuid): readonly Condition[] {
  return [['_uuid', '==', ['uuid', uuid]]];
}

/** A `<set>` of atoms that are not uuids. */
export function setOf(atoms: Iterable<Atom>): Json {
  return ['set', [...atoms]];
}

/** A `<map>` of string to string, such as `external_ids`. */
export function stringMap(entries: Readonly<Record<string, string>> | ReadonlyMap<string, string>): Json {
  return ['map', entries instanceof Map ? [...entries] : Object.entries(entries)];
}

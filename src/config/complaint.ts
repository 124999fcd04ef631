import { inspect } from 'node:util';
import type { ErrorObject } from 'ajv/dist/2020.js';
import type { Located } from './document.ts';
import type { Place, Problem } from './error.ts';
import { nearest } from '../base/nearest.ts';
import { child, pathOf } from './pointer.ts';
import { schemaErrors } from './schema.ts';

/** What in `located` breaks the schema: each problem with its place, what is wrong and what is allowed, in reading order. */
export const schemaProblems = (located: Located): Problem[] =>
  schemaErrors(located.value)
    .flatMap((error) => complain(error, located))
    .sort((a, b) => a.line - b.line || a.column - b.column);

/** `value` in a message: quoted, escaped and short, whatever it holds. */
export const show = (value: unknown): string => {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty map' : 'a map';
  return inspect(value, { maxStringLength: 80 });
};

const complain = (error: ErrorObject, located: Located): Problem[] => {
  const at = error.instancePath;
  const problem = (place: Place, message: string): Problem[] => [{ ...place, message }];
  const place = located.locate(at);
  const name = pathOf(at) === '' ? 'the configuration' : pathOf(at);
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'if':
    case 'propertyNames':
      // Only says that another error in the list happened.
      return [];
    case 'additionalProperties':
      return problem(
        located.locate(child(at, key(params['additionalProperty'])), 'key'),
        unknownKey(error, key(params['additionalProperty'])),
      );
    case 'required':
    case 'dependentRequired':
      return problem(place, `${name} has no '${key(params['missingProperty'])}'; it is required here`);
    case 'false schema':
      return problem(keyPlace(located, at), `${name} does not go with this role; ${whose(at)}`);
    case 'enum':
      return problem(place, `${name} is ${show(error.data)}; allowed are ${list(params['allowedValues'])}`);
    case 'uniqueItems': {
      const second = child(at, key(Math.max(Number(params['i']), Number(params['j']))));
      return problem(located.locate(second), `${pathOf(second)} repeats an earlier entry; each may appear once`);
    }
    default:
      if (error.propertyName === undefined) return problem(place, mismatch(error, name));
      return problem(located.locate(child(at, error.propertyName), 'key'), wrongName(error, name, error.propertyName));
  }
};

/** About a key of a map whose keys the operator chooses. */
const wrongName = (error: ErrorObject, map: string, name: string): string => {
  const schema = error.parentSchema as Readonly<Record<string, unknown>>;
  if (schema['title'] === undefined) return `${map} has a key of a wrong length; a name has 1 to 255 characters`;
  return `${map} has the key ${show(name)}, not ${key(schema['title'])}; allowed: ${lowerFirst(key(schema['description']))}`;
};

/** Which roles have the key that the schema allows with them alone. */
const whose = (at: string): string =>
  at.endsWith('/primary') ? 'role none has no primary' : 'only role community has a community';

const keyPlace = (located: Located, at: string): Place => located.locate(at, 'key');

const mismatch = (error: ErrorObject, name: string): string => {
  const schema = error.parentSchema as Readonly<Record<string, unknown>>;
  return `${name} is ${show(error.data)}, not ${key(schema['title'])}; allowed: ${lowerFirst(key(schema['description']))}`;
};

const unknownKey = (error: ErrorObject, name: string): string => {
  const properties = (error.parentSchema as { readonly properties?: object }).properties ?? {};
  const known = Object.keys(properties);
  const guess = nearest(name, known);
  const hint = guess === undefined ? '' : `did you mean '${guess}'? `;
  return `unknown key ${show(name)}; ${hint}${guess === undefined ? 'allowed' : 'Allowed'} here: ${known.join(', ')}`;
};

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '');

const key = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';

const list = (values: unknown): string => (Array.isArray(values) ? values.map(key).join(', ') : '');

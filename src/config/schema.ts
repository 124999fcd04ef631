import type { ErrorObject } from 'ajv/dist/2020.js';
import schemaFile from '../../schemas/config.schema.json' with { type: 'json' };
import { validator } from './validator.ts';

/** What the schema says about a key, for people. */
export interface KeySchema {
  readonly title: string;
  readonly description: string;
  readonly default?: unknown;
}

/** Every way in which `value` breaks `schemas/config.schema.json`; none when it is valid. */
export const schemaErrors = (value: unknown): ErrorObject[] => {
  validator(value);
  return validator.errors ?? [];
};

/** The schema's words on the setting `key`, such as `log.level`. Throws on a key the schema does not have: a programming error. */
export const keySchema = (key: string): KeySchema => {
  let node: unknown = schemaFile;
  for (const name of key.split('.')) node = member(member(node, 'properties'), name);
  const reference = member(node, '$ref');
  const target = typeof reference === 'string' ? member(schemaFile.$defs, reference.replace('#/$defs/', '')) : node;
  const title = member(target, 'title');
  const description = member(node, 'description');
  if (typeof title !== 'string' || typeof description !== 'string')
    throw new TypeError(`config.schema.json has no key ${key}`);
  return { title, description, default: member(node, 'default') };
};

const member = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;

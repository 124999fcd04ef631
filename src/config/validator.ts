import { Ajv2020 } from 'ajv/dist/2020.js';
import schemaFile from '../../schemas/config.schema.json' with { type: 'json' };

// Union types say "one or a list" in the schema; with anyOf each error would come once per alternative.
export const ajv = new Ajv2020({
  allErrors: true,
  verbose: true,
  allowUnionTypes: true,
  code: { source: true, esm: true },
});

/**
 * Checks a configuration against `schemas/config.schema.json`. In the bundle scripts/build.mjs puts the code that ajv made of the
 * schema in the place of this module: to load ajv and to compile takes longer than everything else that a command needs.
 */
export const validator = ajv.compile(schemaFile);

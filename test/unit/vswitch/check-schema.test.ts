import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { execa } from 'execa';
import { SchemaError } from '../../../src/ovsdb/errors.ts';
import type { Json } from '../../../src/ovsdb/json-value.ts';
import { parseDatabaseSchema } from '../../../src/ovsdb/schema.ts';
import { checkSchema } from '../../../src/vswitch/check-schema.ts';
import { sliceColumns } from '../../../src/vswitch/rows.generated.ts';

interface MutableSchema {
  tables: Record<string, { columns: Record<string, { type: unknown }> }>;
}

describe('the schema check', () => {
  let text = '';
  before(async () => {
    text = await readFile('/usr/share/openvswitch/vswitch.ovsschema', 'utf8');
  });

  function check(change: (schema: MutableSchema) => void): ReturnType<typeof checkSchema> {
    const schema = JSON.parse(text) as MutableSchema;
    change(schema);
    return checkSchema(parseDatabaseSchema(schema as unknown as Json));
  }

  it('accepts the schema of Open vSwitch and monitors exactly the columns of the slice', () => {
    const request = check(() => undefined);
    for (const [table, columns] of Object.entries(sliceColumns)) {
      expect(request[table]?.columns).to.deep.equal(Object.keys(columns));
      expect(request[table]?.columns).to.not.include('statistics');
    }
  });

  it('does without optional columns', () => {
    const request = check(({ tables }) => {
      delete tables['Open_vSwitch']?.columns['datapath_types'];
    });
    expect(request['Open_vSwitch']?.columns).to.not.include('datapath_types');
  });

  it('names a missing table, a missing column and another type in one line with version and remedy', () => {
    const missingTable = ({ tables }: MutableSchema): void => {
      delete tables['Interface'];
    };
    const missingColumn = ({ tables }: MutableSchema): void => {
      delete tables['Port']?.columns['protected'];
    };
    const otherType = ({ tables }: MutableSchema): void => {
      tables['Port']!.columns['tag'] = { type: 'string' };
    };
    const cases: [(schema: MutableSchema) => void, string][] = [
      [missingTable, 'has no table Interface'],
      [missingColumn, 'has no column protected in table Port'],
      [otherType, 'has column tag of table Port as string, not optional integer'],
    ];
    for (const [change, what] of cases) {
      expect(() => check(change)).to.throw(
        SchemaError,
        new RegExp(`^the server's Open_vSwitch schema [0-9.]+ ${what}: run .+$`),
      );
    }
  });

  it('accepts other ranges and enumerations, which grow from release to release', () => {
    check(({ tables }) => {
      tables['Port']!.columns['vlan_mode'] = {
        type: { key: { type: 'string', enum: ['set', ['new']] }, min: 0, max: 1 },
      };
    });
  });
});

describe('scripts/generate-rows.mjs', () => {
  it('finds rows.generated.ts up to date', async () => {
    const { exitCode } = await execa('node', ['scripts/generate-rows.mjs', '--check']);
    expect(exitCode).to.equal(0);
  });

  it('explains itself', async () => {
    const { stdout } = await execa('node', ['scripts/generate-rows.mjs', '--help']);
    expect(stdout).to.match(/^Usage: .*--check/);
  });
});

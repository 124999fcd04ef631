import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'chai';
import { stringify } from 'yaml';
import schema from '../../../schemas/config.schema.json' with { type: 'json' };
import { Sandbox } from './sandbox.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('the documentation of the configuration', function () {
  this.timeout(20_000);
  const sandbox = new Sandbox();
  after(() => {
    sandbox.remove();
  });

  it('is what the schema and the table of settings say', async () => {
    const script = join(ROOT, 'scripts/generate-config-docs.mjs');
    const { exitCode, stderr } = await execa('node', [script, '--check'], { reject: false, stdin: 'ignore' });
    expect(exitCode, stderr).to.equal(0);
  });

  it('has an example of each key, and all of them together are a configuration', () => {
    const examples = Object.fromEntries(
      Object.entries(schema.properties).map(
        ([
          key,
          {
            examples: [example],
          },
        ]) => [key, example],
      ),
    );
    expect(sandbox.problems(stringify(examples))).to.deep.equal([]);
  });
});

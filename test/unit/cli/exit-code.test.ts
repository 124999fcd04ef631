import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ExitCode, exitCodeHelp, exitCodeMeanings } from '../../../src/cli/exit-code.ts';

describe('the list of exit codes', () => {
  it('is the same in the documentation', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8');
    const [, section = ''] = text.split('## Exit codes\n');
    const rows = [...section.matchAll(/^\| (\d+) +\| (.*?) +\|$/gm)].map(([, code = '', meaning = '']) => [
      code,
      meaning.replaceAll('`', ''),
    ]);
    expect(rows).to.deep.equal(Object.entries(exitCodeMeanings));
  });

  it('is whole in the help', () => {
    for (const code of Object.values(ExitCode)) {
      expect(exitCodeHelp()).to.contain(`\n  ${String(code).padEnd(2)} ${exitCodeMeanings[code]}`);
    }
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { register } from 'tsx/esm/api';

const help = `Usage: node scripts/generate-alarm-docs.mjs [--check]

Writes the table of alarms into docs/operations.md, between its two markers, from src/alarm/alarm-codes.ts.
The rest of that file is written by hand.

  --check   write nothing; exit with 1 when the file is not what would be written
  --help    show this text
`;

const docsFile = new URL('../docs/operations.md', import.meta.url);
const begin = '<!-- alarms: written by scripts/generate-alarm-docs.mjs -->';
const end = '<!-- end of the alarms -->';

const { values: options } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
if (options.help) {
  process.stdout.write(help);
  process.exit(0);
}

const unregister = register();
const { ALARM_KINDS } = await import('../src/alarm/alarm-codes.ts');
await unregister();

// Placeholders in angle brackets would be taken for HTML.
const cell = (text) => text.replaceAll('<', '\\<').replaceAll('|', '\\|');
const table = [
  '| code | what is the case | what to do |',
  '| --- | --- | --- |',
  ...Object.entries(ALARM_KINDS).map(
    ([code, { meaning, remedy }]) => `| \`${code}\` | ${cell(meaning)} | ${cell(remedy)} |`,
  ),
].join('\n');

const path = fileURLToPath(docsFile);
const before = readFileSync(docsFile, 'utf8');
const [head, rest] = before.split(begin);
const tail = rest?.split(end)[1];
if (tail === undefined) throw new Error(`${path} lacks the lines '${begin}' and '${end}'`);
const style = await resolveConfig(path);
const wanted = await format(`${head}${begin}\n\n${table}\n\n${end}${tail}`, { ...style, parser: 'markdown' });
if (wanted === before) process.exit(0);
if (options.check) {
  process.stderr.write('docs/operations.md is out of date: run node scripts/generate-alarm-docs.mjs\n');
  process.exit(1);
}
writeFileSync(docsFile, wanted);

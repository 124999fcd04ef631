import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { register } from 'tsx/esm/api';

const help = `Usage: node scripts/generate-metrics-docs.mjs [--check]

Writes the table of metrics into docs/metrics.md, between its two markers, from src/metrics/catalogue.ts.
The rest of that file is written by hand.

  --check   write nothing; exit with 1 when the file is not what would be written
  --help    show this text
`;

const docsFile = new URL('../docs/metrics.md', import.meta.url);
const begin = '<!-- metrics: written by scripts/generate-metrics-docs.mjs -->';
const end = '<!-- end of the metrics -->';

const { values: options } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
if (options.help) {
  process.stdout.write(help);
  process.exit(0);
}

const unregister = register();
const { METRICS } = await import('../src/metrics/catalogue.ts');
await unregister();

const cell = (text) => text.replaceAll('<', '\\<').replaceAll('|', '\\|');
const labelsOf = (labels) => (labels.length === 0 ? '' : labels.map((label) => `\`${label}\``).join(', '));
const table = [
  '| metric | kind | labels | what it says |',
  '| --- | --- | --- | --- |',
  ...Object.entries(METRICS).map(
    ([name, { type, help, labels, perEndpoint }]) =>
      `| \`${name}\`${perEndpoint ? ' (on request)' : ''} | ${type} | ${labelsOf(labels)} | ${cell(help)} |`,
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
  process.stderr.write('docs/metrics.md is out of date: run node scripts/generate-metrics-docs.mjs\n');
  process.exit(1);
}
writeFileSync(docsFile, wanted);

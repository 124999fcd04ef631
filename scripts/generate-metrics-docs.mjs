import { cell, isCheck, sourceModule, writeBetween } from './lib/generated-docs.mjs';

const help = `Usage: node scripts/generate-metrics-docs.mjs [--check]

Writes the table of metrics into docs/metrics.md, between its two markers, from src/metrics/catalogue.ts.
The rest of that file is written by hand.

  --check   write nothing; exit with 1 when the file is not what would be written
  --help    show this text
`;

const check = isCheck(help);
const { METRICS } = await sourceModule('src/metrics/catalogue.ts');

const labelsOf = (labels) => (labels.length === 0 ? '' : labels.map((label) => `\`${label}\``).join(', '));
const table = [
  '| metric | kind | labels | what it says |',
  '| --- | --- | --- | --- |',
  ...Object.entries(METRICS).map(
    ([name, { type, help, labels, perEndpoint }]) =>
      `| \`${name}\`${perEndpoint ? ' (on request)' : ''} | ${type} | ${labelsOf(labels)} | ${cell(help)} |`,
  ),
].join('\n');

await writeBetween({
  file: 'docs/metrics.md',
  what: 'metrics',
  script: 'generate-metrics-docs.mjs',
  text: table,
  check,
});

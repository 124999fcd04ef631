import { cell, isCheck, sourceModule, writeBetween } from './lib/generated-docs.mjs';

const help = `Usage: node scripts/generate-alarm-docs.mjs [--check]

Writes the table of alarms into docs/operations.md, between its two markers, from src/alarm/alarm-codes.ts.
The rest of that file is written by hand.

  --check   write nothing; exit with 1 when the file is not what would be written
  --help    show this text
`;

const check = isCheck(help);
const { ALARM_KINDS } = await sourceModule('src/alarm/alarm-codes.ts');

const table = [
  '| code | what is the case | what to do |',
  '| --- | --- | --- |',
  ...Object.entries(ALARM_KINDS).map(
    ([code, { meaning, remedy }]) => `| \`${code}\` | ${cell(meaning)} | ${cell(remedy)} |`,
  ),
].join('\n');

await writeBetween({
  file: 'docs/operations.md',
  what: 'alarms',
  script: 'generate-alarm-docs.mjs',
  text: table,
  check,
});

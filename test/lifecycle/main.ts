import { parseArgs } from 'node:util';
import { birthFigures, leakedAtBirth } from './birth-figures.ts';
import { birthTableOf } from './birth-table.ts';
import { eventFigures } from './event-figures.ts';
import { measureLadder } from './ladder.ts';
import { ladderTableOf } from './ladder-table.ts';
import { migrationFigures } from './migration-figures.ts';
import { migrationTableOf } from './migration-table.ts';
import { tableOf, unkindHookLine } from './table.ts';

const PARTS = ['events', 'births', 'migration', 'ladder'] as const;

/** Ports that are born for each source of portgroups. */
const LADDER_BIRTHS = 5;

function note(text: string): void {
  process.stderr.write(`lifecycle: ${text}\n`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      times: { type: 'string', default: '2' },
    },
  });
  const times = Number(values.times);
  const only = PARTS.find((part) => part === values.only);
  if (values.only !== undefined && only === undefined) throw new Error(`--only takes ${PARTS.join(', ')}`);
  if (!Number.isInteger(times) || times < 1) throw new Error('--times takes a number from 1 on');
  const wanted = (part: (typeof PARTS)[number]): boolean => only === undefined || only === part;
  const events = wanted('events') ? await eventFigures(note) : undefined;
  const births = wanted('births') ? await birthFigures(times, note) : [];
  const migrations = wanted('migration') ? await migrationFigures(times, note) : [];
  const ladder = wanted('ladder') ? await measureLadder(LADDER_BIRTHS, note) : [];
  const tables = [
    ...(events === undefined ? [] : [tableOf(events.rows), unkindHookLine(events.unkindHook)]),
    ...(births.length === 0 ? [] : [birthTableOf(births)]),
    ...(migrations.length === 0 ? [] : [migrationTableOf(migrations)]),
    ...(ladder.length === 0 ? [] : [ladderTableOf(ladder)]),
  ];
  const figures = { events: events?.rows ?? [], unkindHook: events?.unkindHook, births, migrations, ladder };
  process.stdout.write(`${values.json ? JSON.stringify(figures, undefined, 1) : tables.join('\n')}\n`);
  if (only === 'ladder') return 0;
  const agent = (events?.rows ?? []).map((row) => row.agent);
  const leaked = sum([
    ...agent.map((outcome) => outcome.leaked ?? 0),
    leakedAtBirth(births),
    ...migrations.filter(({ bornParked }) => bornParked).map(({ leakedUnderAgent }) => leakedUnderAgent),
  ]);
  const left = sum(agent.map((outcome) => outcome.left ?? 0));
  const cutOff =
    sum(migrations.map((row) => row.agent.cutOff)) + agent.filter((outcome) => outcome.cutOff === true).length;
  const unparked = sum(
    migrations.filter(({ bornParked }) => !bornParked).map(({ leakedUnderAgent }) => leakedUnderAgent),
  );
  note(`with the agent ${leaked} frames leaked, ${left} flows were left behind and ${cutOff} peers were cut off`);
  if (unparked > 0) note(`not counted there: ${unparked} frames that reached migrated ports not born parked`);
  return leaked + left + cutOff === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  note(error instanceof Error ? error.message : String(error));
  return 2;
});

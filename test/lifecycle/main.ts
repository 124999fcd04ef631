import { parseArgs } from 'node:util';
import { hostileGuest } from './births.ts';
import { EVENTS } from './events.ts';
import type { Outcome } from './events.ts';
import { measureLadder } from './ladder.ts';
import { ladderTableOf } from './ladder-table.ts';
import { migrationFigures } from './migration-figures.ts';
import type { MigrationRow } from './migration-figures.ts';
import { migrationTableOf } from './migration-table.ts';
import { ISOLATED, Scene } from './scene.ts';
import type { Protection } from './scene.ts';
import { tableOf } from './table.ts';
import type { Row } from './table.ts';
import { SENTINEL, Witness } from './witness.ts';

const PARTS = ['events', 'migration', 'ladder'];

/** Ports that are born for each source of portgroups. */
const BIRTHS = 10;

function note(text: string): void {
  process.stderr.write(`lifecycle: ${text}\n`);
}

async function eventsUnder(protection: Protection): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const scene = await Scene.create({ protection, promiscuousMacs: [SENTINEL.mac] });
  try {
    const witness = await Witness.in(scene);
    const stage = { scene, witness, guest: await hostileGuest(scene, ISOLATED) };
    if (protection === 'none') await stage.guest.start();
    for (const { name, run } of EVENTS.filter(({ busy }) => busy === true || protection !== 'none')) {
      note(`${protection}: ${name}`);
      outcomes.set(name, await run(stage));
    }
  } finally {
    await scene.close();
  }
  return outcomes;
}

async function events(): Promise<readonly Row[]> {
  const plain = await eventsUnder('none');
  const hook = await eventsUnder('hook');
  const agent = await eventsUnder('agent');
  return [...agent].map(([event, outcome]) => ({
    event,
    plain: plain.get(event) ?? {},
    hook: hook.get(event) ?? {},
    agent: outcome,
  }));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      times: { type: 'string', default: '3' },
    },
  });
  const times = Number(values.times);
  if (values.only !== undefined && !PARTS.includes(values.only)) throw new Error(`--only takes ${PARTS.join(', ')}`);
  if (!Number.isInteger(times) || times < 1) throw new Error('--times takes a number from 1 on');
  const wanted = (section: string): boolean => values.only === undefined || values.only === section;
  const rows = wanted('events') ? await events() : [];
  const migrations: readonly MigrationRow[] = wanted('migration') ? await migrationFigures(times, note) : [];
  const ladder = wanted('ladder') ? await measureLadder(BIRTHS, note) : [];
  if (values.json) process.stdout.write(`${JSON.stringify({ events: rows, migrations, ladder }, undefined, 1)}\n`);
  else {
    if (rows.length > 0) process.stdout.write(`${tableOf(rows)}\n`);
    if (migrations.length > 0) process.stdout.write(`${migrationTableOf(migrations)}\n`);
    if (ladder.length > 0) process.stdout.write(`${ladderTableOf(ladder)}\n`);
  }
  const leaked = sum([
    ...rows.map((row) => row.agent.leaked ?? 0),
    ...migrations.filter(({ bornParked }) => bornParked).map(({ leakedUnderAgent }) => leakedUnderAgent),
  ]);
  const left = sum(rows.map((row) => row.agent.left ?? 0));
  const cutOff = sum(migrations.map(({ agent }) => agent.cutOff));
  if (values.only === 'ladder') return 0;
  note(`with the agent ${leaked} frames leaked, ${left} flows were left behind and ${cutOff} peers were cut off`);
  return leaked + left + cutOff === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  note(error instanceof Error ? error.message : String(error));
  return 2;
});

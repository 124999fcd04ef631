import { parseArgs } from 'node:util';
import { hostileGuest } from './births.ts';
import { EVENTS } from './events.ts';
import type { Outcome } from './events.ts';
import { measureMigration } from './migration.ts';
import { ISOLATED, Scene } from './scene.ts';
import type { Protection } from './scene.ts';
import { tableOf } from './table.ts';
import type { Row } from './table.ts';
import { SENTINEL, Witness } from './witness.ts';

/** A router on an access port of the hypervisor itself is beyond the hook: there its guests get answers with a tag. */
const PEERS_OF_HOOK = ['at-switch'];

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
  note(`${protection}: live migration`);
  const peers = protection === 'hook' ? PEERS_OF_HOOK : undefined;
  const moved = await measureMigration('isolated', protection, peers);
  for (const { peer, roundTrip } of moved.peers) {
    const outcome = { leaked: moved.forbidden, lost: roundTrip.lost, cutOff: !roundTrip.recovered };
    outcomes.set(`live migration, router ${peer}`, outcome);
  }
  return outcomes;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  const plain = await eventsUnder('none');
  const hook = await eventsUnder('hook');
  const agent = await eventsUnder('agent');
  const rows: Row[] = [...agent].map(([event, outcome]) => ({
    event,
    plain: plain.get(event) ?? {},
    hook: hook.get(event) ?? {},
    agent: outcome,
  }));
  process.stdout.write(values.json ? `${JSON.stringify(rows, undefined, 1)}\n` : `${tableOf(rows)}\n`);
  const leaked = rows.reduce((sum, row) => sum + (row.agent.leaked ?? 0), 0);
  const left = rows.reduce((sum, row) => sum + (row.agent.left ?? 0), 0);
  note(`with the agent ${leaked} frames leaked and ${left} flows were left behind`);
  return leaked + left === 0 ? 0 : 1;
}

process.exitCode = await main();

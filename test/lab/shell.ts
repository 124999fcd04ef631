import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Playground } from './playground.ts';
import type { Hint } from './playground.ts';
import { checkRequirements } from './requirements.ts';

const USAGE = `usage: sudo npm run lab -- [--hosts N] [--guests N]

Brings up N hypervisors (default 2) with Open vSwitch and libvirt, N isolated guests on each (default 2), a physical switch and
a router, without the agent; prints how to get a shell in each part and how to start an agent there, and takes everything down on
Ctrl-C. Needs root; guests' shells need socat.`;

const MOST = 8;

/** A number of the command line. @throws where it is none */
function count(option: string, text = '2'): number {
  if (!/^[1-9]$/.test(text) || Number(text) > MOST)
    throw new Error(`--${option} ${text}: give a number from 1 to ${MOST}`);
  return Number(text);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function sayHow(hints: readonly Hint[]): void {
  for (const part of new Set(hints.map((hint) => hint.part))) {
    say(`\n${part}`);
    for (const { what, command } of hints.filter((hint) => hint.part === part)) say(`  ${what}:\n    ${command}`);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { hosts: { type: 'string' }, guests: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    say(USAGE);
    return;
  }
  const size = { hosts: count('hosts', values.hosts), guests: count('guests', values.guests) };
  const stop = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  await checkRequirements('guests');
  const playground = await Playground.create(size, say);
  try {
    sayHow(playground.hints);
    say(`\neverything is in ${playground.lab.folder}; Ctrl-C takes it down`);
    await stop;
  } finally {
    say('taking the lab down');
    await playground.close();
  }
}

await main().catch((error: unknown) => {
  process.stderr.write(`lab: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});

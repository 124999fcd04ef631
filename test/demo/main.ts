import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Lab } from '../lab/lab.ts';
import { guests } from './guests.ts';
import { sandbox } from './sandbox.ts';
import { part, patience, say, step } from './say.ts';
import { resultOf } from './story.ts';

/** What a shell reports of a program that Ctrl-C ended. */
const INTERRUPTED = 130;
/** Milliseconds that an interrupted demonstration gets to notice that its lab is gone. */
const LAST_MOMENTS = 3000;

/** Whether the demonstration is over and waits for its visitor to press Ctrl-C. */
let visited = false;

const signalled = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!visited) patience.abort();
      resolve();
    });
  }
});

/** Runs the demonstration to its end. Returns the exit code. */
async function demonstrate(lab: Lab, options: { readonly vms: boolean; readonly keep: boolean }): Promise<number> {
  const story = await (options.vms ? guests(lab) : sandbox(lab));
  if (options.keep) {
    part('Kept: everything stays up and at work');
    for (const line of story.hints) say(line);
    visited = true;
    say('\nPress Ctrl-C to take it down.');
    await signalled;
    say();
  }
  step('taking everything down');
  await lab.close();
  const { line, good } = resultOf(story);
  say(`\n${line}`);
  return good ? 0 : 1;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { vms: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
  });
  // Settings of the machine's own agent must not lead the demo's agents to the machine's own Open vSwitch.
  for (const name of Object.keys(process.env))
    if (name.startsWith('PVLAN_AGENT_')) Reflect.deleteProperty(process.env, name);
  const lab = await Lab.create();
  const ended = demonstrate(lab, values);
  const interrupted = signalled.then(() => (visited ? ended : INTERRUPTED));
  try {
    return await Promise.race([ended, interrupted]);
  } finally {
    await lab.close();
    // An interrupted demonstration may have been making something; once it has failed, nothing new appears.
    await Promise.race([ended.catch(() => undefined), delay(LAST_MOMENTS)]);
    await lab.close();
  }
}

process.exitCode = await main().catch((error: unknown) => {
  say(`\ndemo: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
});
if (process.exitCode === INTERRUPTED) say('\ndemo: interrupted; everything was taken down');
process.exit();

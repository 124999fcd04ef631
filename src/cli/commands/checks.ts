import type { Command } from 'commander';
import { command } from '../command.ts';
import { print } from '../output.ts';
import { PLAN, STATUS, SURVEY } from './settings.ts';

/** The commands that look into the switch, and change nothing. */
export function checkCommands(): readonly Command[] {
  const plan = command('plan', 'Show what run would change, and change nothing.', PLAN, async ({ config, options }) =>
    (await import('../plan.ts')).plan(
      config(),
      { json: options['json'] === true, flows: options['flows'] === true },
      print,
    ),
  )
    .option('--flows', 'also list every flow that would be added or removed')
    .option('--json', 'print JSON');
  const verify = command(
    'verify',
    'Ask ovs-vswitchd what becomes of every kind of frame between the ports, and compare with their roles.',
    SURVEY,
    async ({ config, options }) =>
      (await import('../verify.ts')).verify(config(), { json: options['json'] === true }, print),
  ).option('--json', 'print JSON');
  const prove = command(
    'prove',
    'Prove for every header that no frame gets where the roles forbid, from the flows and settings that are there.',
    SURVEY,
    async ({ config, operands: [bridge], options: { from, to, parkingOnly, json } }) =>
      (await import('../prove.ts')).prove(
        config(),
        {
          bridge,
          from: typeof from === 'string' ? from : undefined,
          to: typeof to === 'string' ? to : undefined,
          parkingOnly: parkingOnly === true,
          json: json === true,
        },
        print,
      ),
  )
    .argument('[bridge]', 'only this bridge (default: every one that is looked after)')
    .option('--from <port>', 'only what this port sends')
    .option('--to <port>', 'only what reaches this port')
    .option('--parking-only', 'what holds with every flow gone')
    .option('--json', 'print JSON');
  const doctor = command(
    'doctor',
    'Look this host over, with the agent running or not: what is wrong, and one remedy for each thing.',
    STATUS,
    async ({ config, options }) =>
      (await import('../doctor/doctor.ts')).doctor(config(), { json: options['json'] === true }, print),
  ).option('--json', 'print JSON');
  return [plan, verify, prove, doctor];
}

import { Option, type Command } from 'commander';
import { command } from '../command.ts';
import { print } from '../output.ts';
import { STATUS, SURVEY } from './settings.ts';

const GUEST = 'name of a guest or a port, a MAC, an iface-id or the uuid of a domain';

/** The commands that an operator looks at. */
export function screenCommands(version: string): readonly Command[] {
  const status = command(
    'status',
    'Show what has become of each port, and who is on the wire.',
    STATUS,
    async ({ config, options: { json, quiet, all, live } }) =>
      (await import('../status/status.ts')).status(
        config(),
        version,
        { json: json === true, quiet: quiet === true, all: all === true, live: live === true },
        print,
      ),
  )
    .option('--json', 'print JSON')
    .option('--quiet', 'print nothing: the exit code tells')
    .option('--all', 'also list ports outside every Private VLAN')
    .addOption(
      new Option('--live', 'ask only whether the agent is at work, whatever its alarms').conflicts(['json', 'all']),
    );
  const who = command(
    'who',
    'Tell whom a guest can talk to.',
    SURVEY,
    async ({ config, operands: [name = ''], options }) =>
      (await import('../why/who.ts')).who(config(), name, { json: options['json'] === true }, print),
  )
    .argument('<guest>', GUEST)
    .option('--json', 'print JSON');
  const why = command(
    'why',
    'Tell why one can or cannot reach the other: the answer, the flow that decides, and whose it is.',
    SURVEY,
    async ({ config, operands: [from = '', to = ''], options: { address, flows, json } }) =>
      (await import('../why/why.ts')).why(
        config(),
        {
          from,
          to,
          address: typeof address === 'string' ? address : undefined,
          flows: flows === true,
          json: json === true,
        },
        print,
      ),
  )
    .alias('explain')
    .argument('<from>', GUEST)
    .argument('<to>', 'the same; one of the two may be the MAC of a station elsewhere')
    .option('--address <ip>', 'the IP address that <from> says is its own (default: one that it may use)')
    .option('--flows', 'also print every flow that the frames meet')
    .option('--json', 'print JSON');
  const drops = command(
    'drops',
    'Tell which frames are dropped, at which port and why, and who speaks to guests and is not heard.',
    SURVEY,
    async ({ config, options: { json, follow } }) =>
      (await import('../drops/drops.ts')).drops(config(), { json: json === true, follow: follow === true }, print),
  )
    .option('--follow', 'one line for each thing that is dropped from now on, until interrupted')
    .option('--json', 'print JSON; with --follow one object a line');
  const events = command(
    'events',
    'Tell what the agent has seen and done: ports, alarms, faults.',
    ['control'],
    async ({ config, options: { since, follow, json } }) =>
      (await import('../events/events.ts')).events(
        config().control,
        { since: typeof since === 'string' ? since : undefined, follow: follow === true, json: json === true },
        print,
      ),
  )
    .option(
      '--since <time>',
      'how far back, such as 90s, 15m, 2h or 1d (default: all that the agent keeps, 2,000 events)',
    )
    .option('--follow', 'go on until interrupted')
    .option('--json', 'print one JSON object a line');
  return [status, who, why, drops, events];
}

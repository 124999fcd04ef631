import { InvalidArgumentError, type Command } from 'commander';
import { command } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { print } from '../output.ts';
import { ALL, DATABASE } from './settings.ts';

/** Default of --start-timeout, in seconds. */
const START_TIMEOUT_S = 30;

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0 || value > 86_400)
    throw new InvalidArgumentError('give seconds, 0 to 86400.');
  return value;
}

/** The commands that change something. */
export function agentCommands(version: string): readonly Command[] {
  const run = command('run', 'Watch this host and keep its ports isolated, in the foreground.', ALL, async (call) => {
    const patience = call.options['startTimeout'];
    const module = await import('../run.ts');
    await module.run(call.config, version, (typeof patience === 'number' ? patience : START_TIMEOUT_S) * 1000);
    return ExitCode.OK;
  }).option(
    '--start-timeout <seconds>',
    `give up when OVSDB is not there by then (default: ${START_TIMEOUT_S})`,
    seconds,
  );
  const flush = command(
    'flush',
    'Remove our flows and marks from every bridge, and put back the VLAN settings that were there.',
    [...DATABASE, 'openflow'],
    async ({ config, options }) =>
      (await import('../flush.ts')).flush(config(), { openParked: options['openParked'] === true }, print),
  ).option('--open-parked', 'also open the ports of guests that were created parked: they stay closed otherwise');
  return [run, flush];
}

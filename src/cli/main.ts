import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { ConfigError } from '../config/error.ts';
import { formatConfig } from '../config/format.ts';
import type { LoadedConfig } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { configFile, settings } from '../config/setting.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { CommandError, ExitCode, exitCodeHelp } from './exit-code.ts';
import { flush } from './flush.ts';
import { plan } from './plan.ts';
import { run } from './run.ts';
import { status } from './status.ts';

const { version } = packageJson;

/** Default of --start-timeout, in seconds. */
const START_TIMEOUT_S = 30;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0 || value > 86_400)
    throw new InvalidArgumentError('give seconds, 0 to 86400.');
  return value;
}

/** A command with every configuration flag, whose action gets the loaded configuration and returns the exit code. */
function command(
  name: string,
  summary: string,
  action: (config: LoadedConfig, options: Record<string, unknown>) => Promise<number> | number,
): Command {
  const made = new Command(name).description(summary).exitOverride();
  made.option(configFile.usage, `${configFile.description} (env: ${configFile.env}, default: ${configFile.default})`);
  for (const { usage, description, env, default: byDefault } of settings) {
    const known = byDefault === undefined ? '' : `, default: ${JSON.stringify(byDefault)}`;
    made.addOption(new Option(usage, `${description} (env: ${env}${known})`));
  }
  made.action(async (flags: Record<string, unknown>) => {
    process.exitCode = await action(loadConfig({ env: process.env, flags }), flags);
  });
  return made;
}

function program(): Command {
  const agent = new Command('pvlan-agent')
    .description('Private VLANs (RFC 5517) on Open vSwitch, driven by OVSDB and libvirt.')
    .version(version)
    .exitOverride()
    .addHelpText('after', exitCodeHelp);
  agent.addCommand(
    command('run', 'Watch this host and keep its ports isolated, in the foreground.', async (config, options) => {
      const patience = options['startTimeout'];
      await run(config, version, (typeof patience === 'number' ? patience : START_TIMEOUT_S) * 1000);
      return ExitCode.OK;
    }).option(
      '--start-timeout <seconds>',
      `give up when OVSDB is not there by then (default: ${START_TIMEOUT_S})`,
      seconds,
    ),
  );
  agent.addCommand(
    command('plan', 'Show what run would change, and change nothing.', (config, options) =>
      plan(config, { json: options['json'] === true }, print),
    ).option('--json', 'print JSON'),
  );
  agent.addCommand(
    command('status', 'Show what the running agent has made of each port.', (config, options) =>
      status(
        config,
        { json: options['json'] === true, quiet: options['quiet'] === true, all: options['all'] === true },
        print,
      ),
    )
      .option('--json', 'print JSON')
      .option('--quiet', 'print nothing: the exit code tells')
      .option('--all', 'also list ports outside every Private VLAN'),
  );
  agent.addCommand(
    command('flush', 'Remove our flows and marks, and put back the VLAN settings that were there.', (config) =>
      flush(config, print),
    ),
  );
  agent.addCommand(
    command(
      'config',
      'Check the configuration and show what is in force, and where each value comes from.',
      (config) => {
        print(formatConfig(config));
        return ExitCode.OK;
      },
    ),
  );
  return agent;
}

async function main(): Promise<void> {
  try {
    await program().parseAsync();
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

/** Every failure ends here as one line; a stack trace helps no operator. */
function exitCodeOf(error: unknown): number {
  // Commander has printed its own message already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`pvlan-agent: ${message}\n`);
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof ConfigError) return ExitCode.USAGE;
  if (process.env['PVLAN_AGENT_DEBUG'] !== undefined && error instanceof Error)
    process.stderr.write(`${error.stack ?? ''}\n`);
  return ExitCode.FAILURE;
}

await main();

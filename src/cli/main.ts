import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { messageOf } from '../base/thrown.ts';
import { ConfigError } from '../config/error.ts';
import { settings } from '../config/setting.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { command } from './command.ts';
import { CommandError, ExitCode, exitCodeHelp } from './exit-code.ts';
import { printable, printableLine } from './printable.ts';
import { routerTools } from './router-config.ts';

const { version } = packageJson;

/** Default of --start-timeout, in seconds. */
const START_TIMEOUT_S = 30;

function print(text: string): void {
  process.stdout.write(`${printable(text)}\n`);
}

/**
 * A reader that has had enough, as `head` has, is no failure: the command goes on, and its exit code tells of its own work.
 * What cannot be written for another reason, as on a full disk, is one.
 */
function watchOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return;
      failedOutput = true;
      if (stream === process.stdout)
        process.stderr.write(`pvlan-agent: the output cannot be written: ${error.message}\n`);
    });
  }
  process.once('exit', () => {
    if (failedOutput && (process.exitCode ?? 0) === 0) process.exitCode = ExitCode.FAILURE;
  });
}

let failedOutput = false;

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0 || value > 86_400)
    throw new InvalidArgumentError('give seconds, 0 to 86400.');
  return value;
}

/** The database's settings. */
const DATABASE = ['ovsdb', 'ssl.ca', 'ssl.certificate', 'ssl.privateKey'] as const;
const LIBVIRT = ['libvirt', 'libvirt.stateDir', 'libvirt.configDir'] as const;
/** What finding out what every port should be goes by. */
const SURVEY = [...DATABASE, 'openflow', ...LIBVIRT, 'bridges', 'unresolved'] as const;
const ALL = settings.map(({ key }) => key);

/** The code of a command is loaded when the command is called: `run` must not wait for that of the others. */
function program(): Command {
  const agent = new Command('pvlan-agent')
    .description('Private VLANs (RFC 5517) on Open vSwitch, driven by OVSDB and libvirt.')
    .version(version)
    .exitOverride()
    .addHelpText('after', exitCodeHelp());
  agent.addCommand(
    command('run', 'Watch this host and keep its ports isolated, in the foreground.', ALL, async (call) => {
      const patience = call.options['startTimeout'];
      const { run } = await import('./run.ts');
      await run(call.config, version, (typeof patience === 'number' ? patience : START_TIMEOUT_S) * 1000);
      return ExitCode.OK;
    }).option(
      '--start-timeout <seconds>',
      `give up when OVSDB is not there by then (default: ${START_TIMEOUT_S})`,
      seconds,
    ),
  );
  agent.addCommand(
    command(
      'plan',
      'Show what run would change, and change nothing.',
      [...SURVEY, 'tables.first', 'tables.lowestPriority'],
      async ({ config, options }) =>
        (await import('./plan.ts')).plan(config(), { json: options['json'] === true }, print),
    ).option('--json', 'print JSON'),
  );
  agent.addCommand(
    command(
      'status',
      'Show what the running agent has made of each port.',
      ['control'],
      async ({ config, options: { json, quiet, all, live } }) =>
        (await import('./status.ts')).status(
          config().control,
          { json: json === true, quiet: quiet === true, all: all === true, live: live === true },
          print,
        ),
    )
      .option('--json', 'print JSON')
      .option('--quiet', 'print nothing: the exit code tells')
      .option('--all', 'also list ports outside every Private VLAN')
      .addOption(
        new Option('--live', 'ask only whether the agent is at work, whatever its alarms').conflicts(['json', 'all']),
      ),
  );
  agent.addCommand(
    command(
      'drops',
      'Tell which frames are dropped, at which port and why, and who speaks to guests and is not heard.',
      SURVEY,
      async ({ config, options: { json, follow } }) =>
        (await import('./drops/drops.ts')).drops(config(), { json: json === true, follow: follow === true }, print),
    )
      .option('--follow', 'one line for each thing that is dropped from now on, until interrupted')
      .option('--json', 'print JSON; with --follow one object a line'),
  );
  agent.addCommand(
    command(
      'verify',
      'Ask ovs-vswitchd what becomes of every kind of frame between the ports, and compare with their roles.',
      SURVEY,
      async ({ config, options }) =>
        (await import('./verify.ts')).verify(config(), { json: options['json'] === true }, print),
    ).option('--json', 'print JSON'),
  );
  agent.addCommand(
    command(
      'prove',
      'Prove for every header that no frame gets where the roles forbid, from the flows and settings that are there.',
      SURVEY,
      async ({ config, operands: [bridge], options: { from, to, parkingOnly, json } }) =>
        (await import('./prove.ts')).prove(
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
      .option('--json', 'print JSON'),
  );
  agent.addCommand(
    command(
      'explain',
      'Tell why one port can or cannot reach another, with the flows that decide.',
      SURVEY,
      async ({ config, operands: [from = '', to = ''] }) =>
        (await import('./explain.ts')).explain(config(), from, to, print),
    )
      .argument('<from>', 'sender: port name, iface-id or MAC')
      .argument('<to>', 'receiver: the same, or a MAC on another host'),
  );
  agent.addCommand(
    command(
      'flush',
      'Remove our flows and marks from every bridge, and put back the VLAN settings that were there.',
      [...DATABASE, 'openflow'],
      async ({ config, options }) =>
        (await import('./flush.ts')).flush(config(), { openParked: options['openParked'] === true }, print),
    ).option('--open-parked', 'also open the ports of guests that were created parked: they stay closed otherwise'),
  );
  agent.addCommand(
    command(
      'config',
      'Check the configuration and show what is in force, and where each value comes from.',
      ALL,
      async ({ config }) => {
        const { formatConfig } = await import('../config/format.ts');
        print(formatConfig(config()));
        return ExitCode.OK;
      },
    ),
  );
  agent.addCommand(
    command(
      'network-xml',
      'Print libvirt network XML whose guests are born parked, or check the networks of this host.',
      LIBVIRT,
      async ({ config, options }) => {
        const { checkHostNetworks, printNetworkXml } = await import('./networks.ts');
        return options['check'] === true ? checkHostNetworks(config(), print) : printNetworkXml(options, print);
      },
    )
      .option('--check', "look at this host's networks instead")
      .option('--name <network>', 'name of the network (default: ovs)')
      .option('--bridge <bridge>', 'Open vSwitch bridge (default: br0)')
      .option('--primary <vlan>', 'primary VLAN')
      .option('--community <names...>', 'communities that get a portgroup')
      .option('--default <portgroup>', 'portgroup of NICs that name none: isolated, promisc or a whole name'),
  );
  agent.addCommand(
    command('router-config', 'Print what a Linux router of a Private VLAN needs.', [], async ({ options }) =>
      (await import('./networks.ts')).printRouterConfig(options, print),
    )
      .requiredOption('--primary <vlan>', 'primary VLAN')
      .requiredOption('--interface <name>', 'interface that leads to the Private VLAN')
      .requiredOption('--for <tool>', `what keeps the configuration: ${routerTools.join(', ')}`)
      .option('--address <addresses...>', 'addresses with prefix length, such as 192.0.2.1/24')
      .option('--access', 'the interface is in the VLAN itself and needs no tag')
      .option('--no-proxy', 'guests do not talk to each other through the router'),
  );
  return agent;
}

async function main(): Promise<void> {
  watchOutput();
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
  const message = messageOf(error);
  // Only a mistaken configuration takes several lines, one for each mistake.
  process.stderr.write(`pvlan-agent: ${error instanceof ConfigError ? printable(message) : printableLine(message)}\n`);
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof ConfigError) return ExitCode.USAGE;
  if (process.env['PVLAN_AGENT_DEBUG'] !== undefined && error instanceof Error)
    process.stderr.write(`${error.stack ?? ''}\n`);
  return ExitCode.FAILURE;
}

await main();

import { Command } from 'commander';
import { command, type Call } from '../command.ts';
import type { FleetSetupOptions } from '../fleet/fleet-setup.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import { print } from '../output.ts';

const FOLDER = '/var/lib/pvlan-fleet';

/** `pvlan-agent fleet …`: the database by which hosts know of each other. */
export function fleetCommand(): Command {
  const fleet = new Command('fleet').description('The database by which hosts know of each other.').exitOverride();
  const setUp = async ({ options }: Call): Promise<number> => {
    const { setUpServer } = await import('../fleet/fleet-setup.ts');
    return setUpServer(setupOptions(options), print);
  };
  fleet.addCommand(
    serverFlags(command('init', 'Print the commands that make the first server, or run them.', [], setUp)).option(
      '--address <remote>',
      'its address within the cluster, such as ssl:192.0.2.1:6642; without one it is alone, for a lab',
    ),
  );
  fleet.addCommand(
    serverFlags(command('join', 'Print the commands that make another server of the cluster, or run them.', [], setUp))
      .requiredOption('--address <remote>', 'its address within the cluster, such as ssl:192.0.2.2:6642')
      .requiredOption('--members <remotes...>', 'addresses of members within the cluster'),
  );
  fleet.addCommand(
    command(
      'upgrade',
      "Print the commands that bring the database to this release's schema, or run them.",
      [],
      async ({ options }) => (await import('../fleet/fleet-setup.ts')).upgradeServer(setupOptions(options), print),
    )
      .option('--folder <folder>', `folder of a server (default: ${FOLDER})`)
      .option('--run', 'run them'),
  );
  fleet.addCommand(
    command('forget', 'Print the command that takes away all that a host has told, or run it.', [], async (call) => {
      const { forgetHost } = await import('../fleet/fleet-setup.ts');
      return forgetHost(call.operands[0] ?? '', setupOptions(call.options), print);
    })
      .argument('<host>', 'its name in the fleet')
      .option('--folder <folder>', `folder of a server (default: ${FOLDER})`)
      .option('--run', 'run it'),
  );
  fleet.addCommand(
    command('schema', "Print the database's schema.", [], async () => {
      print((await import('../../fleet/rows.generated.ts')).fleetSchema);
      return ExitCode.OK;
    }),
  );
  return fleet;
}

function serverFlags(made: Command): Command {
  return made
    .option('--folder <folder>', `folder of the server (default: ${FOLDER})`)
    .option('--listen <remotes...>', 'where hosts connect (default: pssl:6641; for a lab such as ptcp:6641:192.0.2.1)')
    .option('--ca <file>', 'certificate of the authority (PEM)')
    .option('--certificate <file>', "the server's certificate (PEM)")
    .option('--private-key <file>', 'its private key (PEM)')
    .option('--run', 'run them');
}

function setupOptions(options: Call['options']): FleetSetupOptions {
  const { folder, listen, address, members, ca, certificate, privateKey, run } = options;
  const path = text(folder) ?? FOLDER;
  if (!path.startsWith('/')) throw new CommandError(ExitCode.USAGE, `--folder ${path} is no absolute path`);
  return {
    folder: path,
    listen: list(listen) ?? ['pssl:6641'],
    address: text(address),
    members: list(members) ?? [],
    ca: text(ca),
    certificate: text(certificate),
    privateKey: text(privateKey),
    run: run === true,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function list(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;
}

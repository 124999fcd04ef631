import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { forgetSteps, serverSteps, upgradeSteps, type ServerSetup, type SetupStep } from '../../fleet/setup.ts';
import { messageOf } from '../../base/thrown.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import { printableLine } from '../printable.ts';

/** Flags of `fleet init`, `join` and `upgrade`. */
export interface FleetSetupOptions {
  readonly folder: string;
  readonly listen: readonly string[];
  readonly address: string | undefined;
  readonly members: readonly string[];
  readonly ca: string | undefined;
  readonly certificate: string | undefined;
  readonly privateKey: string | undefined;
  readonly run: boolean;
}

/** Makes a server of the fleet's database, or prints how. @throws CommandError */
export async function setUpServer(options: FleetSetupOptions, print: (text: string) => void): Promise<number> {
  const { folder, listen, address, members, ca, certificate, privateKey } = options;
  const hasTls = ca !== undefined && certificate !== undefined && privateKey !== undefined;
  const needsTls = [...listen, address ?? '', ...members].find((remote) => /^p?ssl:/.test(remote));
  if (needsTls !== undefined && !hasTls)
    throw new CommandError(ExitCode.USAGE, `${needsTls} needs --ca, --certificate and --private-key`);
  const setup: ServerSetup = {
    folder,
    listen,
    join: members,
    ...(address === undefined ? {} : { raft: address }),
    ...(hasTls ? { tls: { ca, certificate, privateKey } } : {}),
  };
  return carryOut(serverSteps(setup), options.run, print);
}

/** Brings a running database to this release's schema, or prints how. @throws CommandError */
export function upgradeServer(
  { folder, run }: Pick<FleetSetupOptions, 'folder' | 'run'>,
  print: (text: string) => void,
): Promise<number> {
  return carryOut(upgradeSteps(folder), run, print);
}

/** Takes away all that `host` has told, or prints how. @throws CommandError */
export function forgetHost(
  host: string,
  { folder, run }: Pick<FleetSetupOptions, 'folder' | 'run'>,
  print: (text: string) => void,
): Promise<number> {
  return carryOut(forgetSteps(folder, host), run, print);
}

async function carryOut(steps: readonly SetupStep[], run: boolean, print: (text: string) => void): Promise<number> {
  for (const step of steps) {
    print(shellOf(step));
    if (!run) continue;
    try {
      if (step.kind === 'file') {
        await mkdir(dirname(step.path), { recursive: true, mode: 0o700 });
        await writeFile(step.path, step.content);
      } else {
        const [program = '', ...args] = step.argv;
        const { stdout } = await execa(program, args, { stdin: 'ignore' });
        // What a transaction comes to is in its answer, and the client is content with any.
        if (stdout.includes('"error":"')) throw new Error(stdout);
      }
    } catch (error) {
      throw new CommandError(ExitCode.FAILURE, `this failed: ${shellOf(step)}: ${printableLine(messageOf(error))}`);
    }
  }
  return ExitCode.OK;
}

/** The step as a shell takes it. */
function shellOf(step: SetupStep): string {
  if (step.kind === 'run') return step.argv.map(quoted).join(' ');
  return `mkdir -p ${quoted(dirname(step.path))} && pvlan-agent fleet schema > ${quoted(step.path)}`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

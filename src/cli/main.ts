import { CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { messageOf } from '../base/thrown.ts';
import { ConfigError } from '../config/error.ts';
import { CommandError, ExitCode } from './exit-code.ts';
import { watchOutput } from './output.ts';
import { printable, printableLine } from './printable.ts';
import { program } from './program.ts';

async function main(): Promise<void> {
  watchOutput();
  try {
    await program(packageJson.version).parseAsync();
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

import { execa } from 'execa';
import { LabError } from './errors.ts';

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Milliseconds; default 20 000. */
  readonly timeout?: number;
}

/**
 * Runs a command to its end, with no shell, and returns its standard output without the last line break.
 * Throws LabError `LAB_COMMAND` with the command line and what it printed on standard error.
 */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await execa(file, args, {
    reject: false,
    timeout: options.timeout ?? 20_000,
    forceKillAfterDelay: 1000,
    env: { LC_ALL: 'C', ...options.env },
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  if (!result.failed) return result.stdout;
  const why = result.timedOut ? 'did not end in time' : `ended with ${result.exitCode ?? result.signal ?? 'an error'}`;
  throw new LabError('LAB_COMMAND', `${result.command} ${why}: ${result.stderr || result.stdout}`);
}

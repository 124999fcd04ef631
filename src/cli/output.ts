import { ExitCode } from './exit-code.ts';
import { printable } from './printable.ts';

let failed = false;

/** Prints a result: text of one line or more. */
export function print(text: string): void {
  process.stdout.write(`${printable(text)}\n`);
}

/** Prints a result for programs. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/**
 * A reader that has had enough, as `head` has, is no failure: the command goes on, and its exit code tells of its own work.
 * What cannot be written for another reason, as on a full disk, is one.
 */
export function watchOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return;
      failed = true;
      if (stream === process.stdout)
        process.stderr.write(`pvlan-agent: the output cannot be written: ${error.message}\n`);
    });
  }
  process.once('exit', () => {
    if (failed && (process.exitCode ?? 0) === 0) process.exitCode = ExitCode.FAILURE;
  });
}

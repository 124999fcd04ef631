import { isatty } from 'node:tty';
import { createColors } from 'picocolors';

const STDOUT = 1;

export const colours = createColors(isatty(STDOUT) && process.env['NO_COLOR'] === undefined);

/** Prints lines as they are. */
export function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Aborted when the demonstration is to end before its time. */
export const patience = new AbortController();

/** Prints what is about to be done, or throws if it is not to be done any more. */
export function step(text: string): void {
  patience.signal.throwIfAborted();
  say(colours.dim(`  · ${text}`));
}

/** Prints the headline of the next part. */
export function part(text: string): void {
  say(`\n${colours.bold(text)}`);
}

import { isatty } from 'node:tty';
import { createColors } from 'picocolors';

const STDOUT = 1;

export const colours = createColors(isatty(STDOUT) && process.env['NO_COLOR'] === undefined);

/** Prints lines as they are. */
export function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Prints what is being done, while it is being done. */
export function step(text: string): void {
  say(colours.dim(`  · ${text}`));
}

/** Prints the headline of the next part. */
export function part(text: string): void {
  say(`\n${colours.bold(text)}`);
}

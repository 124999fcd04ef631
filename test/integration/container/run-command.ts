import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The lines of shell at the top of the Dockerfile that run the image, as an operator would paste them. */
export async function printedCommand(): Promise<string> {
  const text = await readFile(`${ROOT}Dockerfile`, 'utf8');
  const [, block = ''] = /^# Run it.*\n((?:# {3}.*\n)+)/m.exec(text) ?? [];
  if (block === '') throw new Error('the Dockerfile does not say how to run the image');
  return block.replaceAll(/^# {3}/gm, '');
}

/** What follows `podman` in it, word by word; it has no quotes. */
export async function printedWords(): Promise<string[]> {
  const [, command = ''] = (await printedCommand()).replaceAll('\\\n', ' ').split(/^podman /m);
  return command.trim().split(/\s+/);
}

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { register } from 'tsx/esm/api';

/** Text for a cell of a table: placeholders in angle brackets would be taken for HTML. */
export const cell = (text) => text.replaceAll('<', '\\<').replaceAll('|', '\\|');

/** A module of the program, in TypeScript. `path`: from the top of the repository. */
export async function sourceModule(path) {
  const unregister = register();
  const module = await import(new URL(`../../${path}`, import.meta.url).href);
  await unregister();
  return module;
}

/** Prints the help and ends if asked to. Gives back whether to check alone. */
export function isCheck(help) {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) {
    process.stdout.write(help);
    process.exit(0);
  }
  return values.check === true;
}

/**
 * Puts `text` between the two marker lines about `what` in `file` (from the top of the repository), which `script` writes; the rest is
 * written by hand. With `check` it writes nothing, and the exit code is 1 where the file is not what would be written.
 */
export async function writeBetween({ file, what, script, text, check }) {
  const begin = `<!-- ${what}: written by scripts/${script} -->`;
  const end = `<!-- end of the ${what} -->`;
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
  const before = readFileSync(path, 'utf8');
  const [head, rest] = before.split(begin);
  const tail = rest?.split(end)[1];
  if (tail === undefined) throw new Error(`${path} lacks the lines '${begin}' and '${end}'`);
  const style = await resolveConfig(path);
  const wanted = await format(`${head}${begin}\n\n${text}\n\n${end}${tail}`, { ...style, parser: 'markdown' });
  if (wanted === before) return;
  if (check) {
    process.stderr.write(`${file} is out of date: run node scripts/${script}\n`);
    process.exitCode = 1;
    return;
  }
  writeFileSync(path, wanted);
}

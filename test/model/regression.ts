import { readFile, readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Topology } from './topology.ts';

/** A counterexample worth keeping: `title` says what must hold. */
export interface Regression {
  readonly title: string;
  readonly topologies: readonly Topology[];
}

const FOLDER = new URL('../regressions/', import.meta.url);

/** Every kept counterexample, by name of its file. */
export async function regressions(): Promise<Regression[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => JSON.parse(await readFile(new URL(name, FOLDER), 'utf8')) as Regression),
  );
}

/** Keeps a counterexample as `test/regressions/<name>.json`, from then on a test case of the suite; returns its path. */
export async function keepRegression(name: string, regression: Regression): Promise<string> {
  if (!/^[a-z0-9-]+$/.test(name)) throw new RangeError(`'${name}' is no name for a regression: a-z, 0-9 and -`);
  const file = new URL(`${name}.json`, FOLDER);
  await writeFile(file, `${JSON.stringify(regression, null, 2)}\n`);
  return fileURLToPath(file);
}

import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { explain, explore } from './explore.ts';
import { keepRegression } from './regression.ts';
import { wholeNumber } from '../support/whole-number.ts';
import { Stage } from './stage.ts';
import { BOND_MODES, type BondMode } from './topology.ts';

const HELP = `usage: npm run property -- [--runs N] [--seed N] [--batch N] [--bond MODE] [--keep NAME]

Plays random networks with adversarial frames on two hypervisors and compares every delivery with the model
(test/model/may-deliver.ts). Needs root and Open vSwitch.
  --runs N      test cases to play (default 1000)
  --seed N      makes the same test cases again (default: at random, and printed)
  --batch N     test cases side by side in one play, 1 to 32 (default 10)
  --bond MODE   uplinks of one kind: none, active-backup, balance-slb or balance-tcp (default: all but balance-slb by turns)
  --keep NAME   keep what fails as test/regressions/NAME.json
`;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    batch: { type: 'string', default: '10' },
    bond: { type: 'string' },
    keep: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const seed = values.seed === undefined ? randomInt(2 ** 31) : wholeNumber('--seed', values.seed, 0, 2 ** 32);
  const runs = wholeNumber('--runs', values.runs, 1, 1_000_000_000);
  const batch = wholeNumber('--batch', values.batch, 1, 32);
  const uplinks = uplinksOf(values.bond);
  const stage = await Stage.open();
  const begin = performance.now();
  try {
    const found = await explore(stage, {
      runs,
      seed,
      batch,
      ...(uplinks === undefined ? {} : { uplinks }),
      progress: (done, frames) => {
        const seconds = ((performance.now() - begin) / 1000).toFixed(0);
        process.stderr.write(`\rseed ${seed}: ${done} of ${runs} networks, ${frames} frames, ${seconds} s`);
      },
    });
    process.stderr.write('\n');
    if (found === undefined) return 0;
    process.stdout.write(`${explain(found)}\n`);
    if (values.keep !== undefined) {
      const title = found.violations[0]?.text ?? 'a failure seen once';
      process.stdout.write(`kept in ${await keepRegression(values.keep, { title, topologies: found.topologies })}\n`);
    }
    return 1;
  } finally {
    await stage.close();
  }
}

/** @throws RangeError */
function uplinksOf(name: string | undefined): readonly (BondMode | undefined)[] | undefined {
  if (name === undefined) return undefined;
  if (name === 'none') return [undefined];
  const mode = BOND_MODES.find((one) => one === name);
  if (mode === undefined) throw new RangeError(`--bond takes none, ${BOND_MODES.join(', ')}; not '${name}'`);
  return [mode];
}

process.exitCode = await main();

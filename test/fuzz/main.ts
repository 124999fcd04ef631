import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { wholeNumber } from '../support/whole-number.ts';
import { fuzz } from './run.ts';
import { Watchdog } from './watchdog.ts';

/** Largest number of an input, and seed. */
const MOST = 4_000_000_000;

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    first: { type: 'string', default: '0' },
  },
});

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const seed = wholeNumber('--seed', values.seed, 0, MOST);
const inputs = wholeNumber('--inputs', values.inputs, 1, MOST);
const first = wholeNumber('--first', values.first, 0, MOST);
print(`fuzzing with seed ${seed}`);
const watchdog = new Watchdog(seed);
try {
  const began = performance.now();
  const { tallies, grownMiB } = await fuzz({
    seed,
    inputs,
    first,
    before: (index) => {
      watchdog.alive(index);
    },
  });
  const seconds = (performance.now() - began) / 1000;
  const head = ['target', 'accepted', 'refused', 'MB', 'inputs/s', 'slowest ms'];
  const table = new Table({ head, style: { head: [], border: [] } });
  let total = 0;
  for (const [name, { accepted, refused, bytes, totalMs, slowestMs }] of tallies) {
    total += accepted + refused;
    const rate = Math.round((1000 * (accepted + refused)) / totalMs);
    table.push([name, accepted, refused, (bytes / 1e6).toFixed(1), rate, slowestMs.toFixed(1)]);
  }
  print(table.toString());
  print(
    `${total} inputs in ${seconds.toFixed(0)} s, ${Math.round(total / seconds)} a second; memory grew by ${grownMiB.toFixed(0)} MiB`,
  );
  print('no crash, no hang, nothing but orderly refusals');
} catch (error) {
  print(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  await watchdog.stop();
}

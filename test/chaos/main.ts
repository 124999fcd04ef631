import { parseArgs } from 'node:util';
import { MODES } from './mode.ts';
import { reportLines } from './print.ts';
import { ChaosFailure, runChaos } from './run.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    faults: { type: 'string', default: '1000000' },
    mode: { type: 'string', default: 'both' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const modes = values.mode === 'both' ? MODES : MODES.filter((mode) => mode === values.mode);
const seed = Number(values.seed);
if (modes.length === 0) {
  print(`there is no wire mode '${values.mode}': ${[...MODES, 'both'].join(', ')}`);
  process.exit(2);
}
print(`chaos with seed ${seed} in ${modes.join(' and ')} wire mode`);
const start = performance.now();
try {
  const report = await runChaos({
    seed,
    modes,
    faults: Number(values.faults),
    durationMs: Number(values.minutes) * 60_000,
    progress: print,
  });
  for (const line of reportLines(report, seed, (performance.now() - start) / 1000)) print(line);
} catch (error) {
  print(error instanceof ChaosFailure ? error.message : String(error));
  process.exitCode = 1;
}

import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { ChaosFailure, runChaos } from './run.ts';
import { percentile } from '../bench/statistics.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    faults: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const seed = Number(values.seed);
print(`chaos with seed ${seed}`);
try {
  const report = await runChaos({
    seed,
    faults: Number(values.faults),
    durationMs: Number(values.minutes) * 60_000,
    progress: print,
  });
  const table = new Table({ head: ['fault', 'times', 'p50 ms', 'p99 ms', 'max ms'], style: { head: [], border: [] } });
  const row = (name: string, times: readonly number[]): void => {
    const figures = [50, 99, 100].map((percent) => percentile(times, percent).toFixed(1));
    table.push([name, times.length, ...figures]);
  };
  for (const [name, times] of report.byFault) row(name, times);
  row('all of them', [...report.byFault.values()].flat());
  row('from a deleted flow to the flow again', report.flowBackMs);
  print(table.toString());
  print(`load of the machine: ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors`);
  const memory = report.residentMiB;
  print(
    `agents' resident memory: ${memory[0]?.toFixed(0)} MiB at first, ${Math.max(...memory).toFixed(0)} MiB at most`,
  );
  print(
    `${report.faults} faults, ${report.attacks} attacks, ${report.permitted} permitted unicasts, 0 forbidden frames arrived` +
      ` but ${report.unprotected} before a port not born parked was protected,` +
      ` and ${report.parkingVlan} tagged 4095 while flows were gone`,
  );
} catch (error) {
  print(error instanceof ChaosFailure ? error.message : String(error));
  process.exitCode = 1;
}

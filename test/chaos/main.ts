import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { MODES } from './mode.ts';
import { ChaosFailure, runChaos } from './run.ts';
import { percentile } from '../bench/statistics.ts';

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
try {
  const report = await runChaos({
    seed,
    modes,
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
  for (const memory of report.residentMiB.filter((samples) => samples.length > 0)) {
    const quarter = Math.ceil(memory.length / 4);
    const [early, late] = [memory.slice(0, quarter), memory.slice(-quarter)].map((samples) =>
      percentile(samples, 50).toFixed(0),
    );
    print(
      `an agent's resident memory: ${early} MiB in the first quarter, ${late} MiB in the last (medians), ` +
        `${Math.max(...memory).toFixed(0)} MiB at most`,
    );
  }
  if (report.staleCaches > 0)
    print(`${report.staleCaches} times ovs-vswitchd forwarded by a cached flow that its tables did not say any more`);
  print(
    `${report.faults} faults, ${report.attacks} attacks, ${report.permitted} permitted unicasts, 0 forbidden frames arrived` +
      ` but ${report.unprotected} before a port not born parked was protected` +
      `, ${report.parkingVlan} tagged 4095 and ${report.unruled} of strangers while flows were gone`,
  );
} catch (error) {
  print(error instanceof ChaosFailure ? error.message : String(error));
  process.exitCode = 1;
}

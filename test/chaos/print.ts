import { availableParallelism, loadavg } from 'node:os';
import Table from 'cli-table3';
import { percentile } from '../bench/statistics.ts';
import type { Life } from './memory.ts';
import type { ChaosReport } from './report.ts';

/** What is aimed at on an idle machine: 99 of 100 times, in milliseconds. It is told and not judged. */
const GOALS = { converged: 1000, flowBack: 50 } as const;
/** Shorter lives say nothing of memory, in milliseconds. */
const SHORT_LIFE_MS = 60_000;

/** The report as lines for a terminal; the last says it all. */
export function reportLines(report: ChaosReport, seed: number, seconds: number): readonly string[] {
  const all = [...report.byFault.values()].flat();
  const stale =
    report.staleCaches === 0
      ? []
      : [`${report.staleCaches} times ovs-vswitchd forwarded by a cached flow that its tables did not say any more`];
  const unparked = report.unparkedMs.length;
  return [
    timesTable(report, all),
    `load of the machine: ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors`,
    ...report.lives.filter(({ ageMs }) => ageMs > SHORT_LIFE_MS).map(lifeLine),
    ...stale,
    `${unparked} times another writer opened a port: ${figures(report.unparkedMs)} until it was closed again`,
    goalLine('all faults', all, GOALS.converged),
    goalLine('a deleted flow to the flow again', report.flowBackMs, GOALS.flowBack),
    `seed ${seed}: ${report.faults} faults of ${report.byFault.size} kinds in ${seconds.toFixed(0)} s, ` +
      `${report.attacks} attacks, ${report.permitted} permitted unicasts, 0 forbidden frames arrived` +
      ` but ${report.unprotected} before a port not born parked was protected` +
      `, ${report.unparked} while another writer had opened a port` +
      `, ${report.parkingVlan} tagged 4095 and ${report.unruled} of strangers while flows were gone`,
  ];
}

function timesTable(report: ChaosReport, all: readonly number[]): string {
  const table = new Table({ head: ['fault', 'times', 'p50 ms', 'p99 ms', 'max ms'], style: { head: [], border: [] } });
  const row = (name: string, times: readonly number[]): void => {
    table.push([name, times.length, ...[50, 99, 100].map((percent) => percentile(times, percent).toFixed(1))]);
  };
  for (const [name, times] of report.byFault) row(name, times);
  row('all of them', all);
  row('from a deleted flow to the flow again', report.flowBackMs);
  return table.toString();
}

function lifeLine({ name, ageMs, first, last, most, slope }: Life): string {
  return (
    `${name}, ${(ageMs / 1000).toFixed(0)} s old: resident memory ${first.toFixed(0)} MiB in its first quarter, ` +
    `${last.toFixed(0)} MiB in its last (medians), ${most.toFixed(0)} MiB at most, ${slope.toFixed(0)} MiB an hour`
  );
}

function figures(times: readonly number[]): string {
  const [p50 = '', p99 = '', most = ''] = [50, 99, 100].map((percent) => percentile(times, percent).toFixed(1));
  return `p50 ${p50} ms, p99 ${p99} ms, ${most} ms at most`;
}

function goalLine(what: string, times: readonly number[], goal: number): string {
  const p99 = percentile(times, 99);
  return `goal for ${what}: p99 < ${goal} ms: ${p99 < goal ? 'met' : 'missed'} (${p99.toFixed(1)} ms)`;
}

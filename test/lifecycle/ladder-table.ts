import Table from 'cli-table3';
import { percentile } from '../bench/statistics.ts';
import type { LadderRow } from './ladder.ts';

/** Milliseconds of each rung, as text for a terminal. */
export function ladderTableOf(rows: readonly LadderRow[]): string {
  const head = ['portgroup from', 'source named', 'births', 'closed p50', 'max', 'installed p50', 'max'];
  const table = new Table({
    head,
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'left', ...head.slice(2).map(() => 'right' as const)],
  });
  for (const { rung, source, births } of rows) {
    const columns = [births.map(({ closed }) => closed), births.map(({ installed }) => installed)];
    const cells = columns.flatMap((times) => [percentile(times, 50), percentile(times, 100)]);
    table.push([rung, source, String(births.length), ...cells.map((time) => `${time.toFixed(1)} ms`)]);
  }
  return table.toString();
}

import Table from 'cli-table3';
import { percentile } from '../bench/statistics.ts';
import type { LadderRow } from './ladder.ts';

/** Milliseconds of each rung, as text for a terminal. */
export function ladderTableOf(rows: readonly LadderRow[]): string {
  const head = ['portgroup from', 'born by', 'source named', 'births', 'closed p50', 'max', 'installed p50', 'max'];
  const table = new Table({
    head,
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'left', 'left', ...head.slice(3).map(() => 'right' as const)],
  });
  for (const { rung, way, source, births } of rows) {
    const columns = [births.map(({ closed }) => closed), births.map(({ installed }) => installed)];
    const cells = columns.flatMap((times) => [percentile(times, 50), percentile(times, 100)]);
    table.push([rung, way, source, String(births.length), ...cells.map((time) => `${time.toFixed(1)} ms`)]);
  }
  return table.toString();
}

import Table from 'cli-table3';
import { percentile } from '../bench/statistics.ts';
import type { BirthRow } from './birth-figures.ts';
import type { TwinBirth } from './twins.ts';

const LEAKS = ['at neighbour', 'between newborn', 'to newborn'];
const TIMES = ['closed p50', 'max', 'open p50', 'max'];

/** The frames that passed at births, in all and in the worst of them, and the time they had, as text for a terminal. */
export function birthTableOf(rows: readonly BirthRow[]): string {
  const table = new Table({
    head: ['births of two guests at once', 'times', 'sent', ...LEAKS, ...TIMES],
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colAligns: ['left', ...Array.from({ length: 2 + LEAKS.length + TIMES.length }, () => 'right' as const)],
  });
  for (const { protection, birth, bornParked, births } of rows) {
    table.push([
      `${protection}: ${birth}${bornParked ? ', born parked' : ''}`,
      String(births.length),
      String(sum(births.map(({ sent }) => sent))),
      ...[leaked(births, 'atNeighbour'), leaked(births, 'betweenNewborn'), leaked(births, 'toNewborn')],
      ...[births.map(({ closed }) => closed), births.map(({ open }) => open)].flatMap((times) => [
        after(times, 50),
        after(times, 100),
      ]),
    ]);
  }
  return table.toString();
}

function leaked(births: readonly TwinBirth[], where: 'atNeighbour' | 'betweenNewborn' | 'toNewborn'): string {
  const counts = births.map((birth) => birth[where]);
  const all = sum(counts);
  return all === 0 ? '0' : `${all} (max ${Math.max(...counts)})`;
}

/** `never` when it did not come in one of the births. */
function after(times: readonly (number | undefined)[], share: number): string {
  const known = times.filter((time) => time !== undefined);
  return known.length < times.length || known.length === 0 ? 'never' : `${percentile(known, share).toFixed(1)} ms`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

import Table from 'cli-table3';
import { isatty } from 'node:tty';
import { printableLine } from './printable.ts';

/** Lays rows out in columns: ruled on a terminal, plain and aligned when piped. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const plain = !isatty(1);
  const table = new Table({
    head: head.map(printableLine),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': plain ? 2 : 1 },
    chars: Object.fromEntries(
      [
        'top',
        'top-mid',
        'top-left',
        'top-right',
        'bottom',
        'bottom-mid',
        'bottom-left',
        'bottom-right',
        'left',
        'left-mid',
      ]
        .concat(['mid', 'mid-mid', 'right', 'right-mid', 'middle'])
        .map((part) => [part, '']),
    ),
  });
  table.push(...rows.map((row) => row.map(printableLine)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

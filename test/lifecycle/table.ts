import Table from 'cli-table3';
import type { Outcome } from './events.ts';

export interface Row {
  readonly event: string;
  /** A switch without Private VLANs, where nothing is lost but by the event itself. */
  readonly plain: Outcome;
  readonly hook: Outcome;
  readonly agent: Outcome;
}

/** The outcomes side by side, as text for a terminal. */
export function tableOf(rows: readonly Row[]): string {
  const half = ['leaked', 'lost', 'closed after', 'flows left'];
  const table = new Table({
    head: ['', 'plain: lost', ...half.map((what) => `hook: ${what}`), ...half.map((what) => `agent: ${what}`)],
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colWidths: [34, 9, ...half.map(() => 10), ...half.map(() => 10)],
    colAligns: ['left', 'right', ...half.map(() => 'right' as const), ...half.map(() => 'right' as const)],
  });
  for (const { event, plain, hook, agent } of rows) table.push([event, lostIn(plain), ...cells(hook), ...cells(agent)]);
  return table.toString();
}

function cells(outcome: Outcome): string[] {
  const { leaked, closed, left } = outcome;
  return [
    leaked === undefined ? '' : String(leaked),
    lostIn(outcome),
    closed === undefined ? ('closed' in outcome ? 'never' : '') : `${Math.round(closed)} ms`,
    left === undefined ? '' : String(left),
  ];
}

function lostIn({ lost, cutOff }: Outcome): string {
  return lost === undefined ? '' : cutOff === true ? 'cut off' : String(lost);
}

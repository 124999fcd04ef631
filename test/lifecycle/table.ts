import Table from 'cli-table3';
import type { Outcome, UnkindHook } from './outcome.ts';

export interface Row {
  readonly event: string;
  /** A switch without Private VLANs, where nothing is lost but by the event itself. */
  readonly plain: Outcome;
  readonly hook: Outcome;
  readonly agent: Outcome;
}

const COLUMNS = ['leaked', 'lost', 'closed', 'open', 'follows', 'left'];

/** The outcomes side by side, as text for a terminal. */
export function tableOf(rows: readonly Row[]): string {
  const halves = COLUMNS.map(() => 9);
  const table = new Table({
    head: ['', 'plain: lost', ...COLUMNS.map((what) => `hook: ${what}`), ...COLUMNS.map((what) => `agent: ${what}`)],
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colWidths: [32, 8, ...halves, ...halves],
    colAligns: ['left', 'right', ...[...halves, ...halves].map(() => 'right' as const)],
  });
  for (const { event, plain, hook, agent } of rows) table.push([event, lostIn(plain), ...cells(hook), ...cells(agent)]);
  return table.toString();
}

/** What is to be said of the hook in addition. */
export function unkindHookLine({ libvirt, flows, leaked }: UnkindHook): string {
  return (
    `A hook that selects <interface type='network'>, as the first one did, installs ${flows} flows at a start under libvirt ` +
    `${libvirt}, and ${leaked} frames leaked.`
  );
}

function cells(outcome: Outcome): string[] {
  const { leaked, left } = outcome;
  return [
    leaked === undefined ? '' : String(leaked),
    lostIn(outcome),
    after(outcome, 'closed'),
    after(outcome, 'open'),
    after(outcome, 'followed'),
    left === undefined ? '' : String(left),
  ];
}

function after(outcome: Outcome, what: 'closed' | 'open' | 'followed'): string {
  const time = outcome[what];
  return time === undefined ? (what in outcome ? 'never' : '') : `${Math.round(time)} ms`;
}

function lostIn({ lost, cutOff }: Outcome): string {
  return lost === undefined ? '' : cutOff === true ? 'cut off' : String(lost);
}

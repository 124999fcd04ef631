import Table from 'cli-table3';
import type { MigrationRow, PeerFigures } from './migration-figures.ts';

/** The migrations side by side, as text for a terminal: for each of them a number. */
export function migrationTableOf(rows: readonly MigrationRow[]): string {
  const columns = ['plain: lost', 'hook: lost', 'agent: lost', 'plain: twice', 'agent: twice'];
  const table = new Table({
    head: ['live migration of a guest', 'its peer', ...columns, 'hook: leaked', 'agent: leaked'],
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colAligns: ['left', 'left', ...columns.map(() => 'right' as const), 'right', 'right'],
  });
  for (const { guest, peer, plain, hook, agent, leakedUnderHook, leakedUnderAgent } of rows) {
    table.push([
      ...[guest, peer, lostIn(plain), hook === undefined ? '' : lostIn(hook), lostIn(agent)],
      ...[each(plain.doubled), each(agent.doubled)],
      ...[leakedUnderHook === undefined ? '' : String(leakedUnderHook), String(leakedUnderAgent)],
    ]);
  }
  return table.toString();
}

/** To the guest, and from it: `19 22 18 / 0 0 0`. */
function lostIn({ lostToGuest, lostFromGuest, cutOff }: PeerFigures): string {
  return `${each(lostToGuest)} / ${each(lostFromGuest)}${cutOff === 0 ? '' : ` (${cutOff} cut off)`}`;
}

function each(numbers: readonly number[]): string {
  return numbers.join(' ');
}

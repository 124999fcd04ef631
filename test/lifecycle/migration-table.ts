import Table from 'cli-table3';
import type { MigrationRow, PeerFigures } from './migration-figures.ts';

/** The migrations side by side, as text for a terminal: for each of them a number. */
export function migrationTableOf(rows: readonly MigrationRow[]): string {
  const columns = ['plain: lost', 'paused', 'hook: lost', 'agent: lost', 'paused', 'plain: twice', 'agent: twice'];
  const table = new Table({
    head: ['live migration of a guest', 'its peer', ...columns, 'hook: leaked', 'agent: leaked'],
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colAligns: ['left', 'left', ...columns.map(() => 'right' as const), 'right', 'right'],
  });
  for (const row of rows) {
    const { guest, peer, plain, hook, agent, leakedUnderHook, leakedUnderAgent } = row;
    table.push([
      ...[guest, peer, lostIn(plain), inFrames(row.plainPaused), hook === undefined ? '' : lostIn(hook)],
      ...[lostIn(agent), inFrames(row.agentPaused)],
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

/** Frames of a hundred a second that fit into so many milliseconds. */
function inFrames(milliseconds: readonly number[]): string {
  return each(milliseconds.map((time) => Math.round(time / 10)));
}

function each(numbers: readonly number[]): string {
  return numbers.join(' ');
}

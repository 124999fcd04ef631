import type { Expectation } from './may-deliver.ts';
import type { Port, Station } from './station.ts';

/** One frame at one station. */
export interface MatrixEntry {
  /** Name of the kind of frame. */
  readonly kind: string;
  readonly sender: Station;
  readonly receiver: Station;
  readonly expected: Expectation;
  readonly times: number;
  readonly isWrong: boolean;
}

interface Cell {
  sent: number;
  must: number;
  may: number;
  delivered: number;
  isWrong: boolean;
}

const RECEIVERS = [
  'isolated',
  'own community',
  'community',
  'promiscuous',
  'promisc. trunk',
  'other PVLAN',
  'access',
  'trunk',
  'tunnel',
];

/** A table for each sender's role: kinds of frames down, receivers' roles on the same bridge and on another across. */
export function matrixTable(entries: readonly MatrixEntry[], brief: boolean): string {
  const bySender = new Map<string, MatrixEntry[]>();
  for (const entry of entries) {
    const role = senderRole(entry.sender.port);
    const group = bySender.get(role) ?? [];
    if (group.length === 0) bySender.set(role, group);
    group.push(entry);
  }
  if (brief) return table('sender', entries, ({ sender }) => senderRole(sender.port));
  return [...bySender].map(([role, group]) => table(`from: ${role}`, group, ({ kind }) => kind)).join('\n');
}

function table(title: string, entries: readonly MatrixEntry[], rowOf: (entry: MatrixEntry) => string): string {
  const rows = new Map<string, Map<string, Cell>>();
  for (const entry of entries) {
    const row = rows.get(rowOf(entry)) ?? new Map<string, Cell>();
    rows.set(rowOf(entry), row);
    const column = columnOf(entry);
    const cell = row.get(column) ?? { sent: 0, must: 0, may: 0, delivered: 0, isWrong: false };
    row.set(column, cell);
    cell.sent += 1;
    cell.must += entry.expected === 'must' ? 1 : 0;
    cell.may += entry.expected === 'may' ? 1 : 0;
    cell.delivered += entry.times;
    cell.isWrong ||= entry.isWrong;
  }
  const columns = RECEIVERS.flatMap((role) => [`${role}, here`, `${role}, there`]).filter((column) =>
    [...rows.values()].some((row) => row.has(column)),
  );
  const lines = [
    [title, ...columns],
    ...[...rows].map(([name, row]) => [name, ...columns.map((column) => cellText(row.get(column)))]),
  ];
  const widths = [title, ...columns].map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        line
          .map((text, index) => text.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd() + '\n',
    )
    .join('');
}

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  const expected = cell.may === 0 ? `${cell.must}` : `${cell.must}-${cell.must + cell.may}`;
  return `${cell.sent}/${expected}/${cell.delivered}${cell.isWrong ? ' !' : ''}`;
}

function columnOf({ sender, receiver }: MatrixEntry): string {
  return `${receiverRole(sender.port, receiver.port)}, ${sender.place === receiver.place ? 'here' : 'there'}`;
}

function receiverRole(from: Port, to: Port): string {
  if (to.kind === 'access' || to.kind === 'trunk' || to.kind === 'tunnel') return to.kind;
  if ('pvlan' in from && from.pvlan.primary !== to.pvlan.primary) return 'other PVLAN';
  if (to.kind === 'promiscuous' && to.tagged) return 'promisc. trunk';
  return to.kind === 'community' && from.kind === 'community' && from.community === to.community
    ? 'own community'
    : to.kind;
}

function senderRole(port: Port): string {
  if (port.kind === 'promiscuous' && port.tagged) return 'promisc. trunk';
  if (port.kind === 'trunk') return port.trunks.length === 0 ? 'trunk of all VLANs' : 'trunk of ordinary VLANs';
  return port.kind;
}

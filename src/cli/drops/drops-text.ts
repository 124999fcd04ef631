import { DROP_CAUSES, type DropCause } from '../../bridge/drops/drop.ts';
import { believing, type UnlistedSender } from '../../bridge/drops/unlisted.ts';
import { formatTable } from '../table.ts';
import type { DropLine, DropsReport } from './drops-report.ts';

/** Drops for people: what is going on now first. */
export function formatDrops({ drops, unlisted }: DropsReport): string {
  const rows = [...drops].sort(byRate).map(rowOf);
  const table =
    rows.length === 0
      ? ['nothing was dropped since the flows were installed']
      : [formatTable(['CAUSE', 'PORT', 'GUEST', 'VLAN', 'BRIDGE', 'FRAMES', 'PER MINUTE'], rows)];
  const causes = [...new Set(drops.map(({ cause }) => cause))].sort();
  const legend = causes.length === 0 ? [] : ['', ...causes.map(meaning)];
  return [...table, ...legend, ...unlistedLines(unlisted)].join('\n');
}

/** One line for each thing that was dropped meanwhile. */
export function followLine({ cause, port, guest, pvlan, perMinute, bridge }: DropLine, at: Date): string {
  const time = at.toTimeString().slice(0, 8);
  const who = [port ?? bridge, ...(guest === undefined ? [] : [guest])].join(' ');
  return `${time}  ${cause.padEnd(17)} ${who}${pvlan === undefined ? '' : `  VLAN ${pvlan}`}  ${perMinute}/min`;
}

/** What is said of stations that speak to guests and are not heard. */
export function unlistedLines(unlisted: readonly UnlistedSender[] | undefined): readonly string[] {
  if (unlisted === undefined) {
    return ['', 'whether a router is missing in the configuration is not known: ovs-vswitchd cannot be asked'];
  }
  return unlisted.flatMap((sender) => [
    '',
    `${sender.mac} on ${sender.from.join(', ')} sent ${sender.packets} frames to ${countOf(sender.to)} of VLAN ${sender.pvlan} that nobody heard`,
    `  if it is a router: ${believing(sender)} on every hypervisor; else find out what it wants of them`,
  ]);
}

function countOf(ports: readonly string[]): string {
  return ports.length > 3 ? `${ports.length} guests` : ports.join(', ');
}

function meaning(cause: DropCause): string {
  return `${cause}: ${DROP_CAUSES[cause]}`;
}

function rowOf({ cause, port, guest, pvlan, bridge, packets, perMinute }: DropLine): readonly string[] {
  return [cause, port ?? '-', guest ?? '-', String(pvlan ?? '-'), bridge, String(packets), String(perMinute)];
}

function byRate(a: DropLine, b: DropLine): number {
  return b.perMinute - a.perMinute || b.packets - a.packets || a.cause.localeCompare(b.cause);
}

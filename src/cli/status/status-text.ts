import { alarmText, type Alarm } from '../../alarm/alarm.ts';
import type { BridgeStatus, PortStatus, PvlanStatus } from '../../bridge/report/status.ts';
import type { HostStatus } from '../../control/status.ts';
import { dropsOfPort, type DropRate } from '../../control/drops.ts';
import { portNumber } from '../port-number.ts';
import { printableLine } from '../printable.ts';
import { formatTable } from '../table.ts';
import { plural, totalsOf, totalsText } from './totals.ts';

const HEAD = ['', 'GUEST', 'PORT', 'MAC', 'ADDRESSES', 'DROPS/min', 'INSTALLED AFTER', ''] as const;

/** Addresses shown of one port. */
const SHOWN_ADDRESSES = 2;

const collator = new Intl.Collator('en', { numeric: true });

/** A port, and what is known of its bridge's drops. */
interface Placed extends PortStatus {
  readonly drops: DropRate | undefined;
}

/** Rows of one kind under one heading, which says what they would all repeat. */
interface Section {
  readonly heading: string;
  readonly ports: readonly Placed[];
  readonly remark: (port: PortStatus) => string;
}

/** The status for people: what is wrong first, then each Private VLAN with its ports by the names of their guests. */
export function formatStatus(report: HostStatus, all: boolean): string {
  const ports = report.bridges.flatMap((bridge) => bridge.ports);
  const alarms = report.alarms.length === 0 ? '' : `; ${plural(report.alarms.length, 'alarm')}`;
  const lines = [
    ...(report.mode === 'stopped' ? [STOPPED] : []),
    `${totalsText(totalsOf(ports))}${alarms}`,
    ...report.alarms.map((alarm) => `! ${alarmLine(alarm, ports)}`),
  ].map(printableLine);
  lines.push(...formatSections(sectionsOf(placedOf(report), all)));
  if (report.advice.length > 0)
    lines.push('', ...report.advice.map((advice) => printableLine(`advice: ${alarmText(advice)}`)));
  return [...lines, '', ...agentLines(report).map(printableLine)].join('\n');
}

const STOPPED = 'NO AGENT RUNS HERE. What the switch, its database and libvirt tell by themselves:';

/** A port's guest stands in the line, too, where its name is known. */
function alarmLine(alarm: Alarm, ports: readonly PortStatus[]): string {
  const guest = ports.find(({ name }) => name === alarm.port)?.guest;
  return `${guest === undefined ? '' : `${guest}: `}${alarmText(alarm)}`;
}

interface PlacedBridge extends Omit<BridgeStatus, 'ports'> {
  readonly ports: readonly Placed[];
}

function placedOf(report: HostStatus): readonly PlacedBridge[] {
  const drops = report.mode === 'stopped' ? undefined : report.drops;
  return report.bridges.map((bridge) => ({
    ...bridge,
    ports: bridge.ports.map((port) => ({ ...port, drops: dropsOfPort(drops, bridge.name, port.name) })),
  }));
}

function sectionsOf(bridges: readonly PlacedBridge[], all: boolean): readonly (Section | string)[] {
  const several = bridges.length > 1;
  const closed = bridges.flatMap((bridge) => bridge.ports.filter(isTrouble));
  const outside = bridges.flatMap((bridge) => bridge.ports.filter((port) => port.outside));
  const others = bridges.flatMap((bridge) =>
    bridge.ports.filter((port) => !port.outside && port.role === undefined && !isTrouble(port)),
  );
  return [
    { heading: `closed, or not ready (${closed.length})`, ports: closed, remark: troubleText },
    ...bridges.flatMap((bridge) => bridge.pvlans.flatMap((pvlan) => pvlanSections(bridge, pvlan, several))),
    ...(all
      ? [
          { heading: `guests outside (${outside.length})`, ports: outside, remark: originText },
          {
            heading: `other ports (${others.length})`,
            ports: others,
            remark: ({ ofport }: PortStatus) => numberText(ofport),
          },
        ]
      : []),
  ];
}

function isTrouble({ role, quarantine, state }: PortStatus): boolean {
  return quarantine !== undefined || state === 'leaving' || (role !== undefined && state !== 'installed');
}

function pvlanSections(bridge: PlacedBridge, pvlan: PvlanStatus, several: boolean): readonly (Section | string)[] {
  const members = bridge.ports.filter((port) => port.pvlan === pvlan.primary && !isTrouble(port));
  if (members.length === 0 && bridge.ports.every((port) => port.pvlan !== pvlan.primary) && several) return [];
  const byRole = new Map<string, Placed[]>();
  for (const port of members) {
    const heading = roleHeading(port.role ?? '', pvlan.primary);
    byRole.set(heading, [...(byRole.get(heading) ?? []), port]);
  }
  const sections = [...byRole].sort(([a], [b]) => rank(a) - rank(b) || collator.compare(a, b));
  return [pvlanText(bridge.name, pvlan), ...sections.map(([heading, ports]) => roleSection(heading, ports))];
}

/** What would stand in every row stands in the heading. */
function roleSection(heading: string, ports: readonly Placed[]): Section {
  const [note, ...others] = new Set(ports.map((port) => port.note));
  const isShared = note !== undefined && others.length === 0;
  return {
    heading: `${heading} (${ports.length})${isShared ? `: ${note}` : ''}`,
    ports,
    remark: (port) => (isShared ? '' : (port.note ?? '')),
  };
}

function roleHeading(role: string, primary: number): string {
  if (role.startsWith('promisc-')) return 'router';
  return role.replace(`-${primary}`, '').replace('-', ' ');
}

function rank(heading: string): number {
  return ['router', 'community', 'isolated'].findIndex((kind) => heading.startsWith(kind));
}

/** Who is on the wire of a Private VLAN. */
export function pvlanText(bridge: string, { primary, wireMode, uplinks, routers, listed }: PvlanStatus): string {
  const parts = [
    `uplinks ${namesText(uplinks)}`,
    `routers here ${namesText(routers)}`,
    `listed ${listed.length === 0 ? 'none' : listed.join(', ')}`,
  ];
  return `VLAN ${primary} on ${bridge}, ${wireMode} wire: ${parts.join('; ')}`;
}

function namesText(names: readonly string[]): string {
  return names.length === 0 ? 'none' : [...names].sort(collator.compare).join(', ');
}

function troubleText(port: PortStatus): string {
  const role = port.role === undefined ? '' : `${port.role} `;
  const { state, hold, quarantine } = port;
  if (quarantine !== undefined) return `${role}QUARANTINED ${quarantine.code}`;
  if (hold !== undefined) return `${role}${state.toUpperCase()} ${hold.code}`;
  return `${role}${state}, waits for ${port.waitsFor}`;
}

function originText({ portgroup, source }: PortStatus): string {
  return portgroup === undefined
    ? `no portgroup (${source ?? 'not known'})`
    : `${portgroup} (${source ?? 'not known'})`;
}

function numberText(ofport: number | undefined): string {
  return `OpenFlow port ${portNumber(ofport)}`;
}

/** All rows are laid out as one table, so that columns stand below each other, and the headings put between them. */
function formatSections(sections: readonly (Section | string)[]): readonly string[] {
  const filled = sections.filter((section) => typeof section === 'string' || section.ports.length > 0);
  const rows = filled.flatMap((section) =>
    typeof section === 'string' ? [] : [...section.ports].sort(byGuest).map((port) => row(port, section.remark(port))),
  );
  if (rows.length === 0) return filled.flatMap((section) => (typeof section === 'string' ? ['', section] : []));
  const [head = '', ...laid] = formatTable(HEAD, rows).split('\n');
  const lines = ['', head];
  let at = 0;
  for (const section of filled) {
    if (typeof section === 'string') {
      lines.push(printableLine(section));
      continue;
    }
    lines.push(printableLine(` ${section.heading}`), ...laid.slice(at, at + section.ports.length));
    at += section.ports.length;
  }
  return lines;
}

function byGuest(a: PortStatus, b: PortStatus): number {
  return collator.compare(a.guest ?? a.name, b.guest ?? b.name) || collator.compare(a.name, b.name);
}

function row(port: Placed, remark: string): readonly string[] {
  const { guest, name, mac, addresses, installedAfterMs, drops } = port;
  const after = installedAfterMs === undefined ? '-' : `${installedAfterMs.toFixed(1)} ms`;
  return [
    ' ',
    guest ?? '-',
    name,
    mac ?? '-',
    addressesText(addresses),
    rateText(drops),
    after,
    remarkText(remark, drops),
  ];
}

function rateText(drops: DropRate | undefined): string {
  return drops === undefined ? '-' : String(Math.ceil(drops.perMinute));
}

/** What is dropped most stands beside what else is said of the port. */
function remarkText(remark: string, drops: DropRate | undefined): string {
  const [most] = drops?.causes ?? [];
  return [...(remark === '' ? [] : [remark]), ...(most === undefined ? [] : [`← ${most[0]}`])].join('; ');
}

function addressesText(addresses: readonly string[] | undefined): string {
  if (addresses === undefined) return '-';
  if (addresses.length === 0) return 'none';
  const more = addresses.length - SHOWN_ADDRESSES;
  return `${addresses.slice(0, SHOWN_ADDRESSES).join(' ')}${more > 0 ? ` +${more}` : ''}`;
}

function agentLines(report: HostStatus): readonly string[] {
  const switches = report.bridges.map(({ name, openflow, flows }) => {
    const count = flows === undefined ? '' : `, ${plural(flows, 'flow')} of ours`;
    return `${name}: OpenFlow ${openflow}${count}`;
  });
  const bridges = switches.length === 0 ? 'no bridge' : `bridge ${switches.join('; ')}`;
  if (report.mode === 'stopped') return [bridges, `database ${report.database.detail}`];
  const { mode, version, pid, startedAt, database } = report;
  const standby = mode === 'standby' ? ': another agent of this host works, or OVSDB is away' : '';
  return [`agent ${version}, pid ${pid}, ${mode} since ${startedAt}${standby}; database ${database.detail}`, bridges];
}

import { roleName } from '../pvlan/role.ts';
import type { Difference } from '../verify/difference.ts';
import { allowed } from '../verify/judge-copies.ts';
import { isAsWanted, type GroupReport, type VerifyReport } from '../verify/report.ts';
import type { Station } from '../verify/station.ts';
import { printableLine } from './printable.ts';
import { formatTable } from './table.ts';

/** More ports than this are counted by their roles: nobody reads a matrix of hundreds. */
const MATRIX_LIMIT = 20;

/** Differences printed of each Private VLAN. */
const LISTED = 20;

const LEGEND = 'rows send, columns receive: + reaches it as it should, . kept apart as it should, ! not as it should';

/** A report for people. */
export function formatReport(report: VerifyReport): string {
  const traces = report.groups.reduce((sum, group) => sum + group.traces, 0);
  const asked = `asked ovs-vswitchd ${traces} times in ${(report.milliseconds / 1000).toFixed(1)} s`;
  if (report.groups.length === 0) return `no port of a Private VLAN on this host`;
  const end = isAsWanted(report) ? `as the roles ask; ${asked}` : `NOT as the roles ask; ${asked}`;
  return [...report.groups.map(formatGroup), end].join('\n\n');
}

/** Names the shape of a report for programs; `schemas/verify.schema.json` describes it. */
export const VERIFY_FORMAT = 'pvlan-agent/verify/1';

/** A report for programs. */
export function jsonReport(report: VerifyReport): object {
  return {
    format: VERIFY_FORMAT,
    ok: isAsWanted(report),
    milliseconds: Math.round(report.milliseconds),
    pvlans: report.groups.map(({ bridge, primary, stations, differences, traces }) => ({
      bridge,
      primary,
      ports: stations.map((station) => ({
        name: station.name,
        ofport: station.ofport,
        mac: station.mac,
        role: describe(station),
      })),
      traces,
      differences,
    })),
  };
}

function formatGroup(group: GroupReport): string {
  const { bridge, primary, stations, differences } = group;
  const where = primary === undefined ? 'no Private VLAN' : `VLAN ${primary}`;
  const lines = [`bridge ${bridge}, ${where}: ${stations.length} ports, ${differences.length} differences`];
  const absent = stations.filter((station) => station.ofport === undefined);
  if (absent.length > 0)
    lines.push(`  not connected yet: ${absent.map((station) => printableLine(station.name)).join(', ')}`);
  lines.push(indent(stations.length <= MATRIX_LIMIT ? matrix(group) : counts(group)));
  lines.push(...differences.slice(0, LISTED).map((difference) => `  ${printableLine(formatDifference(difference))}`));
  if (differences.length > LISTED) lines.push(`  … and ${differences.length - LISTED} more: see --json`);
  const shown = differences.find((difference) => difference.trace !== undefined);
  if (shown?.trace !== undefined) {
    lines.push('', `  ofproto/trace ${shown.bridge} ${shown.question ?? ''}`, indent(shown.trace.trimEnd(), '  | '));
  }
  return lines.join('\n');
}

function formatDifference({ kind, frame, from, to, message }: Difference): string {
  const pair = to === undefined ? from : `${from} → ${to}`;
  return `${kind.toUpperCase()} ${pair}${frame === undefined ? '' : `, ${frame}`}: ${message}`;
}

function matrix({ stations, differences }: GroupReport): string {
  const wrong = wrongPairs(differences);
  const rows = stations.map((from) => [
    from.name,
    describe(from),
    ...stations.map((to) => (from === to ? '' : cell(from, to, wrong))),
  ]);
  return `${formatTable(['', 'ROLE', ...stations.map((station) => station.name)], rows)}\n${LEGEND}`;
}

function counts({ stations, differences }: GroupReport): string {
  const wrong = wrongPairs(differences);
  const pairs = new Map<string, { from: string; to: string; good: number; bad: number; talks: boolean }>();
  for (const from of stations) {
    for (const to of stations) {
      if (from === to) continue;
      const talks = allowed(from, to);
      const names = [from.role?.kind ?? 'quarantined', to.role?.kind ?? 'quarantined'] as const;
      const key = `${names.join(' ')} ${talks ? 'talks' : 'apart'}`;
      const pair = pairs.get(key) ?? { from: names[0], to: names[1], good: 0, bad: 0, talks };
      if (cell(from, to, wrong) === '!') pair.bad += 1;
      else pair.good += 1;
      pairs.set(key, pair);
    }
  }
  const rows = Array.from(pairs.values(), (pair) => [
    pair.from,
    pair.to,
    pair.talks ? 'reaches' : 'apart',
    String(pair.good),
    String(pair.bad),
  ]);
  return formatTable(['FROM', 'TO', 'BY ROLE', 'AS ASKED', 'NOT'], rows);
}

function wrongPairs(differences: readonly Difference[]): ReadonlySet<string> {
  return new Set(differences.map(({ from, to }) => `${from}\n${to ?? ''}`));
}

/** What is wrong with a sender at large is wrong toward everyone. */
function cell(from: Station, to: Station, wrong: ReadonlySet<string>): string {
  if (wrong.has(`${from.name}\n${to.name}`) || wrong.has(`${from.name}\n`)) return '!';
  return allowed(from, to) ? '+' : '.';
}

function describe(station: Station): string {
  return station.role === undefined ? 'quarantined' : roleName(station.role);
}

function indent(text: string, by = '  '): string {
  return text.replaceAll(/^/gm, by);
}

import { isHealthy, type AgentStatus } from '../agent/status.ts';
import type { Config } from '../config/config.ts';
import { fetchStatus } from './control-client.ts';
import { ExitCode } from './exit-code.ts';
import { formatTable } from './table.ts';

/** How the status is printed: as a table, as JSON, or not at all. */
export interface StatusOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Also list ports outside every Private VLAN. */
  readonly all: boolean;
}

/** Prints the running agent's status. Returns the exit code. @throws CommandError when no agent answers */
export async function status(config: Config, options: StatusOptions, print: (text: string) => void): Promise<number> {
  const report = await fetchStatus(config.control);
  if (!options.quiet) print(options.json ? JSON.stringify(report, null, 2) : formatStatus(report, options.all));
  return isHealthy(report) ? ExitCode.OK : ExitCode.UNHEALTHY;
}

/** The status for people. */
export function formatStatus(report: AgentStatus, all: boolean): string {
  const lines = [
    `pvlan-agent ${report.version}, pid ${report.pid}, since ${report.startedAt}`,
    `mode      ${report.mode}${report.mode === 'standby' ? ': another agent of this host works, or OVSDB is away' : ''}`,
    `database  ${report.database.detail}`,
  ];
  for (const bridge of report.bridges) {
    lines.push(`bridge    ${bridge.name}: OpenFlow ${bridge.openflow}, ${bridge.flows} flows of ours`);
  }
  const rows = report.bridges.flatMap((bridge) =>
    bridge.ports
      .filter((port) => all || port.role !== undefined || port.quarantine !== undefined || port.state === 'leaving')
      .map((port) => [
        bridge.name,
        port.name,
        port.ofport === undefined ? '-' : String(port.ofport),
        port.mac ?? '-',
        port.role ?? '-',
        port.portgroup === undefined ? (port.source ?? '-') : `${port.portgroup} (${port.source ?? '?'})`,
        port.state,
        port.quarantine?.code ?? (port.state === 'installed' ? (port.note ?? '') : port.waitsFor),
      ]),
  );
  if (rows.length > 0) {
    lines.push('', formatTable(['BRIDGE', 'PORT', 'OFPORT', 'MAC', 'ROLE', 'PORTGROUP', 'STATE', 'NOTE'], rows));
  }
  if (report.alarms.length > 0) lines.push('', 'Alarms:', ...report.alarms.map((alarm) => `  ${alarm}`));
  return lines.join('\n');
}

import { alarmText } from '../alarm/alarm.ts';
import { isHealthy, type AgentStatus } from '../control/status.ts';
import { fetchStatus } from './control-client.ts';
import { CommandError, ExitCode } from './exit-code.ts';
import { outsideText } from './outside-text.ts';
import { portNumber } from './port-number.ts';
import { printableLine } from './printable.ts';
import { formatTable } from './table.ts';

/** How the status is printed: as a table, as JSON, or not at all. */
export interface StatusOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Also list ports outside every Private VLAN. */
  readonly all: boolean;
  /** Ask only whether the agent is at work. */
  readonly live: boolean;
}

/** Prints the status of the agent behind the socket `control`. Returns the exit code. @throws CommandError when none answers */
export async function status(control: string, options: StatusOptions, print: (text: string) => void): Promise<number> {
  const report = await fetchStatus(control);
  if (options.live) return liveness(report, options.quiet ? () => undefined : print);
  if (!options.quiet) print(options.json ? JSON.stringify(report, null, 2) : formatStatus(report, options.all));
  return isHealthy(report) ? ExitCode.OK : ExitCode.UNHEALTHY;
}

/**
 * Whether starting the agent again could help. What a guest or an operator has done is no reason; to have lost OVSDB is one,
 * for a container keeps looking at a run folder that the host has made anew. @throws CommandError when it could
 */
function liveness({ database, mode, pid }: AgentStatus, print: (text: string) => void): number {
  if (!database.connected) {
    throw new CommandError(
      ExitCode.DATABASE,
      `the agent (pid ${pid}) runs without OVSDB: ${database.detail}; it goes on trying, and a container may have to be ` +
        'started again to see a run folder that was made anew',
    );
  }
  print(`the agent (pid ${pid}) is ${mode === 'active' ? 'at work' : 'standing by for the lock'}; ${database.detail}`);
  return ExitCode.OK;
}

/** The status for people. */
export function formatStatus(report: AgentStatus, all: boolean): string {
  const lines = [
    `pvlan-agent ${report.version}, pid ${report.pid}, since ${report.startedAt}`,
    `mode      ${report.mode}${report.mode === 'standby' ? ': another agent of this host works, or OVSDB is away' : ''}`,
    `database  ${report.database.detail}`,
  ].map(printableLine);
  for (const bridge of report.bridges) {
    const outside = outsideText(bridge.ports);
    const open = outside === undefined ? '' : `; ${outside}`;
    const flows = `OpenFlow ${bridge.openflow}, ${bridge.flows} flows of ours`;
    lines.push(printableLine(`bridge    ${bridge.name}: ${flows}${open}`));
  }
  const rows = report.bridges.flatMap((bridge) =>
    bridge.ports
      .filter((port) => all || port.role !== undefined || port.quarantine !== undefined || port.state === 'leaving')
      .map((port) => [
        bridge.name,
        port.name,
        portNumber(port.ofport),
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
  if (report.alarms.length > 0)
    lines.push('', 'Alarms:', ...report.alarms.map((alarm) => `  ${printableLine(alarmText(alarm))}`));
  if (report.advice.length > 0)
    lines.push('', 'Advice:', ...report.advice.map((one) => `  ${printableLine(alarmText(one))}`));
  return lines.join('\n');
}

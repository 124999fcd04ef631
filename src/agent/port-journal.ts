import type { AgentLog } from './agent-log.ts';
import type { JudgedPort } from './goal.ts';
import { reportPort } from './port-report.ts';
import type { PortStatus } from './status.ts';

/** How far the work on a port has come. */
export interface PortProgress {
  /** Its VLAN setting is in force. */
  readonly settled: boolean;
  /** Its flows are acknowledged. */
  readonly acknowledged: boolean;
}

/** The line for the log, and what it was made of. */
interface Told {
  readonly judged: JudgedPort;
  readonly progress: PortProgress;
  readonly line: string;
}

/** Logs what becomes of the ports of one bridge, each change once. */
export class PortJournal {
  readonly #bridge: string;
  readonly #log: AgentLog;
  #told: ReadonlyMap<string, Told> = new Map();

  constructor(bridge: string, log: AgentLog) {
    this.#bridge = bridge;
    this.#log = log;
  }

  /** Takes note of all the ports there are, and forgets those that are gone. */
  note(ports: readonly JudgedPort[], progressOf: (judged: JudgedPort) => PortProgress): void {
    this.#told = new Map(ports.map((judged) => [judged.port.name, this.#tell(judged, progressOf(judged))]));
  }

  #tell(judged: JudgedPort, progress: PortProgress): Told {
    const before = this.#told.get(judged.port.name);
    const { settled, acknowledged } = progress;
    if (
      before?.judged === judged &&
      before.progress.settled === settled &&
      before.progress.acknowledged === acknowledged
    ) {
      return before;
    }
    const port = reportPort(judged, settled, acknowledged);
    const line = transition(port);
    if (before?.line !== line) this.#write(port, line);
    return { judged, progress, line };
  }

  #write(port: PortStatus, line: string): void {
    const details = { bridge: this.#bridge, port: port.name, ofport: port.ofport, state: port.state };
    if (port.quarantine?.alarm === true) this.#log.warn(details, line);
    else if (port.role !== undefined || port.quarantine !== undefined) this.#log.info(details, line);
  }
}

function transition(port: PortStatus): string {
  const why = port.quarantine === undefined ? '' : `: ${port.quarantine.message}`;
  const as = port.role === undefined ? '' : ` as ${port.role}`;
  const note = port.note === undefined ? '' : `; it ${port.note}`;
  return `port ${port.name} ${port.state}${as}${why}${note}`;
}

import type { Histogram } from '../../base/histogram.ts';
import { Dict } from '../../base/dict.ts';
import type { AgentLog } from '../../base/agent-log.ts';
import type { PortStatus } from './status.ts';
import type { PortDecision } from '../decide/decision.ts';
import { holdText } from '../decide/hold.ts';
import { reportPort } from './port-report.ts';

/** What was last told of a port, and what it was made of. */
interface Told {
  readonly decision: PortDecision;
  readonly status: PortStatus;
  readonly line: string;
  /** When the port was first looked at, by performance.now(); undefined where it was installed by then. */
  readonly seenAt: number | undefined;
}

/** Tells what becomes of the ports of one bridge: the difference of each decision to the one before, each change once. */
export class PortJournal {
  readonly #bridge: string;
  readonly #log: AgentLog;
  readonly #protection: Histogram | undefined;
  readonly #told = new Map<string, Told>();
  #noted = Dict.empty<string, PortDecision>();

  /** In `protection` it is noted how long it takes, in seconds, from when a port is seen until it is protected. */
  constructor(bridge: string, log: AgentLog, protection?: Histogram) {
    this.#bridge = bridge;
    this.#log = log;
    this.#protection = protection;
  }

  /** The ports as of the last decision. */
  get ports(): readonly PortStatus[] {
    return Array.from(this.#told.values(), ({ status }) => status);
  }

  /** Takes note of what was decided of all the ports there are, and forgets those that are gone. */
  note(ports: Dict<string, PortDecision>): void {
    for (const { key, after } of Dict.differences(this.#noted, ports)) {
      if (after === undefined) this.#told.delete(key);
      else this.#told.set(key, this.#tell(after));
    }
    this.#noted = ports;
  }

  /** Takes note that nobody looks after the ports for now: what was acknowledged may be so no more. */
  rest(): void {
    const ports = Array.from(this.#noted, ([key, decision]) => [key, { ...decision, acknowledged: false }] as const);
    this.note(Dict.of(ports));
  }

  #tell(decision: PortDecision): Told {
    const before = this.#told.get(decision.judged.port.row._uuid);
    const { judged, hold, acknowledged } = decision;
    if (
      before?.decision.judged === judged &&
      before.decision.hold === hold &&
      before.decision.acknowledged === acknowledged
    ) {
      return before;
    }
    const seenAt = before === undefined ? firstSeen(judged.port.installed) : before.seenAt;
    const reported = reportPort(judged, hold, acknowledged);
    const status = { ...reported, installedAfterMs: before?.status.installedAfterMs ?? sinceSeen(reported, seenAt) };
    const line = transition(decision, status);
    if (before?.line !== line) this.#write(status, line);
    if (before?.status.installedAfterMs === undefined && status.installedAfterMs !== undefined) {
      this.#protection?.observe(status.installedAfterMs / 1000);
    }
    return { decision, status, line, seenAt };
  }

  #write(port: PortStatus, line: string): void {
    const details = {
      event: 'port',
      bridge: this.#bridge,
      port: port.name,
      guest: port.guest,
      ofport: port.ofport,
      state: port.state,
    };
    if (port.hold?.alarm === true) this.#log.warn({ ...details, hold: port.hold.code }, line);
    else if (port.role !== undefined || port.quarantine !== undefined) this.#log.info(details, line);
  }
}

function firstSeen(installed: boolean): number | undefined {
  return installed ? undefined : performance.now();
}

function sinceSeen({ state }: PortStatus, seenAt: number | undefined): number | undefined {
  return state === 'installed' && seenAt !== undefined ? performance.now() - seenAt : undefined;
}

function transition({ hold }: PortDecision, port: PortStatus): string {
  const why = hold === undefined || !['quarantined', 'held'].includes(port.state) ? '' : `: ${holdText(hold)}`;
  const as = port.role === undefined ? '' : ` as ${port.role}`;
  const note = port.note === undefined ? '' : `; it ${port.note}`;
  return `port ${port.name} ${port.state}${as}${why}${note}`;
}

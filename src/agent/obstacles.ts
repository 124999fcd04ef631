import { ALARM_KINDS } from '../alarm/alarm-codes.ts';
import { condition, type Condition } from '../alarm/alarm.ts';
import type { Flow } from '../openflow/flow.ts';
import { formatFlow } from '../openflow/format-flow.ts';
import { portOf, primaryOf } from '../pipeline/cookie.ts';
import type { Conflict } from './flow-difference.ts';
import { keyOf } from './flow-index.ts';
import type { JudgedPort } from './goal.ts';

/**
 * Flows of others in the place of ours. They are left alone, so ours are not to be had, and what would have to work without them
 * stays closed: one port, a Private VLAN or the bridge, whatever the missing flow serves.
 */
export class Obstacles {
  /** By the place of the flow. */
  #found = new Map<string, Conflict>();
  /** Those of the comparison under way, or of the last one. */
  #latest = new Map<string, Conflict>();

  /** To be called before the flows are compared anew: what was found before stands until `end`. */
  begin(): void {
    this.#latest = new Map();
  }

  /** Forgets what the comparison since `begin` has not found again. */
  end(): void {
    this.#found = this.#latest;
  }

  /** Takes note of `conflicts`, and takes the ports they close out of `open`. Whether there was any. */
  close(conflicts: readonly Conflict[], open: Set<JudgedPort>): boolean {
    for (const conflict of conflicts) {
      const place = keyOf(conflict.wanted);
      this.#found.set(place, conflict);
      this.#latest.set(place, conflict);
    }
    const closed = [...open].filter((judged) => conflicts.some(({ wanted }) => serves(wanted, judged)));
    for (const judged of closed) open.delete(judged);
    return closed.length > 0;
  }

  /** Whether one of them keeps the port closed. */
  has(judged: JudgedPort): boolean {
    return Array.from(this.#found.values()).some(({ wanted }) => serves(wanted, judged));
  }

  /** Whether it is `foreign` that is in the way. */
  isCausedBy(foreign: Flow): boolean {
    return this.#found.get(keyOf(foreign))?.foreign === foreign;
  }

  /** What the operator is to know of it on `bridge`. */
  conditions(bridge: string, ports: readonly JudgedPort[]): readonly Condition[] {
    return Array.from(this.#found.values(), ({ wanted, foreign }) => {
      const { words, ...what } = whatIsClosed(wanted, ports);
      const flow = formatFlow(foreign);
      return condition(
        'place-taken',
        { bridge, ...what, about: flow },
        `${words} stays closed: a foreign flow is in the place of one of ours`,
        `${ALARM_KINDS['place-taken'].remedy}: ${flow}`,
      );
    });
  }
}

/** Whether the port depends on `flow`. Whom NORMAL serves is none of it. */
function serves({ cookie }: Flow, { port, verdict }: JudgedPort): boolean {
  if (verdict.kind !== 'guest' && verdict.kind !== 'promiscuous') return false;
  const ofport = portOf(cookie);
  if (ofport !== undefined) return port.ofports.includes(ofport);
  const primary = primaryOf(cookie);
  return primary === undefined || verdict.role.primary === primary;
}

function whatIsClosed(
  { cookie }: Flow,
  ports: readonly JudgedPort[],
): { readonly words: string; readonly port?: string; readonly pvlan?: number } {
  const ofport = portOf(cookie);
  if (ofport !== undefined) {
    const port = ports.find((judged) => judged.port.ofports.includes(ofport))?.port.name ?? String(ofport);
    return { words: `port ${port}`, port };
  }
  const pvlan = primaryOf(cookie);
  return pvlan === undefined ? { words: 'every Private VLAN' } : { words: `Private VLAN ${pvlan}`, pvlan };
}

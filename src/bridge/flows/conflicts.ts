import { ALARM_KINDS } from '../../alarm/alarm-codes.ts';
import { condition, type Condition } from '../../alarm/alarm.ts';
import type { JudgedPort } from '../../desire/desired-bridge.ts';
import type { Flow } from '../../openflow/flow.ts';
import { formatFlow } from '../../openflow/format-flow.ts';
import { portOf, primaryOf } from '../../pipeline/cookie.ts';
import type { Conflict } from './flow-difference.ts';
import { keyOf } from './flow-index.ts';

/**
 * Flows of others in the place of ours, by that place. They are left alone, so ours are not to be had, and what would have to work
 * without them stays closed: one port, a Private VLAN or the bridge, whatever the missing flow serves.
 */
export type Conflicts = ReadonlyMap<string, Conflict>;

/** `conflicts` and those that are `found` besides. */
export function withConflicts(conflicts: Conflicts, found: readonly Conflict[]): Conflicts {
  if (found.length === 0) return conflicts;
  return new Map([...conflicts, ...found.map((conflict) => [keyOf(conflict.wanted), conflict] as const)]);
}

/** The conflict that keeps the port closed, if there is one. */
export function conflictOf(conflicts: Conflicts, judged: JudgedPort): Conflict | undefined {
  if (conflicts.size === 0) return undefined;
  return Array.from(conflicts.values()).find(({ wanted }) => serves(wanted, judged));
}

/** Whether `foreign` is in the place of one of ours. */
export function isInTheWay(conflicts: Conflicts, foreign: Flow): boolean {
  return conflicts.get(keyOf(foreign))?.foreign === foreign;
}

/** What the operator is to know of them on `bridge`. */
export function conflictConditions(
  bridge: string,
  conflicts: Conflicts,
  ports: readonly JudgedPort[],
): readonly Condition[] {
  return Array.from(conflicts.values(), ({ wanted, foreign }) => {
    const { words, ...what } = whatIsClosed(wanted, ports);
    return condition(
      'place-taken',
      { bridge, ...what, about: formatFlow(foreign) },
      `${words} stays closed: ${PLACE_TAKEN}`,
      conflictRemedy(foreign),
    );
  });
}

export const PLACE_TAKEN = 'a foreign flow is in the place of one of ours';

/** What the operator can do about the flow. */
export function conflictRemedy(foreign: Flow): string {
  return `${ALARM_KINDS['place-taken'].remedy}: ${formatFlow(foreign)}`;
}

/** Whether the port depends on `flow`. Ports that only NORMAL serves depend on none. */
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

import type { DesiredBridge, JudgedPort } from '../../desire/desired-bridge.ts';
import type { AlarmCode } from '../../alarm/alarm-codes.ts';
import { condition, type Condition } from '../../alarm/alarm.ts';
import type { Layout } from '../../pipeline/layout.ts';
import { conflictConditions, isInTheWay } from '../flows/conflicts.ts';
import { foreignFlows } from '../flows/foreign-flows.ts';
import type { Memory } from '../decide/memory.ts';
import { crashConditions } from '../decide/normal-crash.ts';
import type { ObservedFlows } from '../decide/observed.ts';
import { refusalOf, refusalText } from '../decide/refusals.ts';
import { fights } from '../decide/repairs.ts';

/** More things fought over than this are counted, not listed. */
const LISTED = 5;

/** What of a bridge and its ports needs the operator at `now`. Pure. */
export function conditionsOf(
  { bridge, ports }: Pick<DesiredBridge, 'bridge' | 'ports'>,
  observed: ObservedFlows,
  memory: Memory,
  layout: Layout,
  now: number,
): readonly Condition[] {
  const { connection, foreign, flows } = observed;
  // What stands in the very place of ours is told with what it closes.
  const others = Array.from(foreign.values()).filter((flow) => !isInTheWay(memory.conflicts, flow));
  return [
    ...(connection.kind === 'down' ? [condition('no-openflow', { bridge }, connection.error.message)] : []),
    ...ports.flatMap((judged) => quarantineCondition(bridge, judged)),
    ...failure('flows-failed', bridge, memory.flowsFailure),
    ...failure('rows-failed', bridge, memory.rowsFailure),
    ...crashConditions({ bridge, ports }, connection),
    ...refusalConditions(bridge, ports, memory),
    ...conflictConditions(bridge, memory.conflicts, ports),
    ...fightConditions(bridge, fights(memory.repairs, now)),
    ...foreignFlows(bridge, others, flows.values(), layout),
  ];
}

function quarantineCondition(bridge: string, { port: { name: port }, verdict }: JudgedPort): readonly Condition[] {
  if (verdict.kind !== 'quarantined' || !verdict.quarantine.alarm) return [];
  const { code, message, remedy } = verdict.quarantine;
  return [condition(code, { bridge, port }, `port ${port} is quarantined: ${message}`, remedy)];
}

function failure(code: AlarmCode, bridge: string, message: string | undefined): readonly Condition[] {
  return message === undefined ? [] : [condition(code, { bridge }, `not as wanted yet: ${message}`)];
}

function refusalConditions(bridge: string, ports: readonly JudgedPort[], { refusals }: Memory): readonly Condition[] {
  if (refusals.size === 0) return [];
  return ports.flatMap((judged) => {
    const refusal = refusalOf(refusals, judged);
    const { name: port } = judged.port;
    if (refusal === undefined) return [];
    return [condition('flows-refused', { bridge, port }, `port ${port} stays closed: ${refusalText(refusal)}`)];
  });
}

function fightConditions(bridge: string, things: readonly string[]): readonly Condition[] {
  const told = things
    .slice(0, LISTED)
    .map((about) => condition('fought-over', { bridge, about }, `another writer keeps undoing ${about}`));
  if (things.length <= LISTED) return told;
  const more = `another writer keeps undoing ${things.length - LISTED} more things`;
  return [...told, condition('fought-over', { bridge, about: 'more' }, more)];
}

import type { DesiredBridge, JudgedPort } from '../../desire/desired-bridge.ts';
import type { Layout } from '../../pipeline/layout.ts';
import { conflictOf } from '../flows/conflicts.ts';
import { decideFlows, type FlowDecision } from './decide-flows.ts';
import { decideLocks } from './decide-locks.ts';
import { decideRows } from './decide-rows.ts';
import type { Compiler, Decision } from './decision.ts';
import type { Hold } from './hold.ts';
import { closingHold, connectionHold, contendedHold, placeTakenHold } from './holds.ts';
import { isAcknowledged, reconnected, type Memory } from './memory.ts';
import { acknowledged, unseenUntil } from './outcomes.ts';
import { crashHolds } from './normal-crash.ts';
import type { Observed } from './observed.ts';
import { barePorts, keepOnly, REFUSED_MS } from './refusals.ts';
import { gap, looked, pause } from './repairs.ts';
import { marksInWords, standOf } from './standing.ts';

/**
 * Decides what to do on one bridge, which may be in whatever state: there is no plan that goes on, only the difference that is left.
 * Pure: no clock, no socket, and the same answer to the same question. `now` is of a monotonic clock, in ms.
 *
 * INVARIANTS, which hold whatever is refused, lost, delayed or meddled with:
 * 1. A port's opening flows are asked for only while its VLAN setting is in force; until then its frames are dropped.
 * 2. A VLAN setting that opens a port is written only after the flows of its old role are gone, acknowledged by a barrier.
 * 3. Marks are written only after the flows they speak of are acknowledged; taking them away waits for nothing.
 */
export function decide(
  compile: Compiler,
  layout: Layout,
  desired: DesiredBridge,
  observed: Observed,
  before: Memory,
  now: number,
): Decision {
  let memory = before;
  if (observed.connection.kind !== 'up' || memory.generation !== observed.generation) {
    memory = reconnected(memory, observed.generation);
  }
  memory = { ...memory, refusals: keepOnly(memory.refusals, desired.ports) };
  const holds = new Map<JudgedPort, Hold>();
  const crashHold = crashHolds(desired, observed.connection);
  for (const judged of desired.ports) {
    const hold = closingHold(judged, observed.settings, memory.refusals, now) ?? crashHold(judged);
    if (hold !== undefined) holds.set(judged, hold);
  }
  const bare = barePorts(memory.refusals, desired.ports, now);
  // While another writer fights with us, a round waits a little, so that the fight costs neither side the machine.
  const rest = gap(memory.repairs, now);
  const flows = decideFlows({ compile, layout, desired, observed, memory, holds, bare, now, isResting: rest > 0 });
  memory = { ...memory, conflicts: flows.conflicts };
  for (const judged of desired.ports) {
    if (holds.has(judged)) continue;
    const conflict = conflictOf(flows.conflicts, judged);
    if (conflict !== undefined) holds.set(judged, placeTakenHold(conflict));
  }
  holdConnection(holds, desired.ports, observed);

  const stands = desired.ports.flatMap((judged) => standOf(judged, !holds.has(judged)));
  memory = { ...memory, repairs: looked(flows.repairs, stands, now) };
  holdContended(holds, desired.ports, flows, memory, now);

  const isDone = !flows.read && flows.mods.length === 0 && rest === 0 && isReachable(observed);
  const ports = desired.ports.map((judged) => ({ judged, hold: holds.get(judged) }));
  if (isDone) memory = acknowledged(memory, { ports, wanted: flows.wanted, now });
  const due = decideRows(desired.ports, holds, memory.served);
  const unseen = due.flatMap((transaction) => unseenUntil(memory, transaction, now) ?? []);
  const isBusy = observed.isBusyWithRows || rest > 0;
  const transactions = isBusy ? [] : due.filter((transaction) => unseenUntil(memory, transaction, now) === undefined);
  if (due.length === 0 && !isBusy) memory = { ...memory, rowsFailure: undefined };
  return {
    desired,
    now,
    wanted: flows.wanted,
    open: flows.open,
    read: flows.read,
    mods: flows.mods,
    left: { nothing: flows.postponed.size === 0 && flows.held.size === 0, disturbed: flows.postponed.size > 0 },
    held: flows.held,
    isDone,
    portMods: decideLocks(desired.ports, observed.portConfigs, isDone),
    transactions,
    ports: ports.map((port) => ({ ...port, acknowledged: isAcknowledged(memory, port.judged) })),
    wakeAt: wakeAt(holds, flows, memory, [...unseen, ...(rest > 0 ? [now + rest] : [])], now),
    memory,
  };
}

function isReachable({ connection, isBusyWithFlows }: Observed): boolean {
  return connection.kind === 'up' && !isBusyWithFlows;
}

function holdConnection(holds: Map<JudgedPort, Hold>, ports: readonly JudgedPort[], { connection }: Observed): void {
  const hold = connectionHold(connection);
  if (hold === undefined) return;
  for (const judged of ports) if ('role' in judged.verdict && !holds.has(judged)) holds.set(judged, hold);
}

/** Holds the ports of which something waits because another writer keeps undoing it. */
function holdContended(
  holds: Map<JudgedPort, Hold>,
  ports: readonly JudgedPort[],
  { postponed }: FlowDecision,
  { repairs }: Memory,
  now: number,
): void {
  if (repairs.buckets.size === 0 && postponed.size === 0) return;
  for (const judged of ports) {
    if (holds.has(judged)) continue;
    const flow = judged.port.ofports.map((ofport) => postponed.get(ofport)).find((late) => late !== undefined);
    const marks = marksInWords(judged);
    const wait = pause(repairs, marks, now);
    if (flow !== undefined) holds.set(judged, contendedHold(flow.thing, flow.until));
    else if (wait > 0) holds.set(judged, contendedHold(marks, now + wait));
  }
}

function wakeAt(
  holds: ReadonlyMap<JudgedPort, Hold>,
  { postponed }: FlowDecision,
  { refusals }: Memory,
  others: readonly number[],
  now: number,
): number | undefined {
  const times = [
    ...Array.from(holds.values()).flatMap(({ retryAt }) => retryAt ?? []),
    ...Array.from(postponed.values(), ({ until }) => until),
    ...Array.from(refusals.values(), ({ at }) => at + REFUSED_MS),
    ...others,
  ].filter((time) => time > now);
  return times.length === 0 ? undefined : Math.min(...times);
}

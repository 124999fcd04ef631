import { Derivation } from '../../base/derivation.ts';
import { Dict } from '../../base/dict.ts';
import type { DesiredBridge, JudgedPort } from '../../desire/desired-bridge.ts';
import type { Layout } from '../../pipeline/layout.ts';
import { isLocal } from '../../pipeline/normal-source.ts';
import { isInForce, type Seen } from '../rows/settings-in-force.ts';
import { decideFlows, type FlowDecision } from './decide-flows.ts';
import { decideLocks } from './decide-locks.ts';
import { decideRow } from './decide-rows.ts';
import type { Decision, PortDecision, RowTransaction } from './decision.ts';
import type { Hold } from './hold.ts';
import { closingHold, connectionHold, contendedHold } from './holds.ts';
import { isAcknowledged, reconnected, type Memory, type Served } from './memory.ts';
import { crashHolds, localOf, sourceFor } from './normal-crash.ts';
import type { Observed } from './observed.ts';
import { acknowledged, unseenUntil } from './outcomes.ts';
import { barePorts, keepOnly, REFUSED_MS, standing, type Refusals } from './refusals.ts';
import { gap, isFought, looked, pause } from './repairs.ts';
import { marksInWords, standOf } from './standing.ts';

/**
 * Decides what to do on one bridge, which may be in whatever state: there is no plan that goes on, only the difference that is left.
 * Pure: no clock, no socket, and the same answer to the same question. `now` is of a monotonic clock, in ms. It costs what has changed
 * since the decision that `before` remembers; forget its `work`, and the same comes out, worked out from nothing.
 *
 * INVARIANTS, which hold whatever is refused, lost, delayed or meddled with:
 * 1. A port's opening flows are asked for only while its VLAN setting is in force; until then its frames are dropped.
 * 2. A VLAN setting that opens a port is written only after the flows of its old role are gone, acknowledged by a barrier.
 * 3. Marks are written only after the flows they speak of are acknowledged; taking them away waits for nothing.
 */
export function decide(
  layout: Layout,
  desired: DesiredBridge,
  observed: Observed,
  before: Memory,
  now: number,
): Decision {
  const work = new Derivation(before.work?.derivation);
  const { byPort } = desired;
  let memory = before;
  if (observed.connection.kind !== 'up' || memory.generation !== observed.generation) {
    memory = reconnected(memory, observed.generation);
  }
  memory = { ...memory, refusals: keepOnly(memory.refusals, byPort) };
  const refused = standing(memory.refusals, now);
  const closing = closingHolds(work, desired, observed, refused);
  const bare = work.once('bare', [refused, refused.size === 0 ? undefined : byPort], () => barePorts(refused, byPort));
  // While another writer fights with us, a round waits a little, so that the fight costs neither side the machine.
  const rest = gap(memory.repairs, now);
  const flows = decideFlows({ layout, desired, observed, memory, holds: closing, bare, now, isResting: rest > 0 });
  memory = { ...memory, conflicts: flows.conflicts };
  const connection = connectionHold(observed.connection);
  const holds = work.each('holds', [byPort, flows.closed], [connection], (_, judged, hold) => {
    if (judged === undefined) return undefined;
    return hold ?? ('role' in judged.verdict ? connection : undefined);
  });
  const stands = work.each('stands', [byPort, holds], [], (_, judged, hold) => {
    const ofPort = judged === undefined ? [] : standOf(judged, hold === undefined);
    return ofPort.length === 0 ? undefined : ofPort;
  });
  memory = { ...memory, repairs: looked(flows.repairs, stands, now, before.work?.stands) };
  const contended = contendedHolds(desired, holds, flows, memory, now);
  const all = work.each('all holds', [holds, contended], [], (_, hold, fought) => hold ?? fought);
  const unheld = work.each('unheld', [byPort, all], [], (_, judged, hold) =>
    judged === undefined || hold !== undefined || !('role' in judged.verdict) ? undefined : judged,
  );

  const isDone = !flows.read && flows.mods.length === 0 && rest === 0 && isReachable(observed);
  const wanted = flows.wanted.flows;
  if (isDone) memory = acknowledged(memory, { desired, unheld, wanted, now });
  const due = [...dueRows(work, byPort, all, memory.served).values()];
  const unseen = due.flatMap((transaction) => unseenUntil(memory, transaction, now) ?? []);
  const isBusy = observed.isBusyWithRows || rest > 0;
  const transactions = isBusy ? [] : due.filter((transaction) => unseenUntil(memory, transaction, now) === undefined);
  if (due.length === 0 && !isBusy) memory = { ...memory, rowsFailure: undefined };
  const portMods = decideLocks(work, byPort, observed.portConfigs, isDone);
  const openAs = memory.served?.open ?? NONE;
  const ports = work.each('ports', [byPort, all, openAs], [], (_, judged, hold, as): PortDecision | undefined =>
    judged === undefined ? undefined : { judged, hold, acknowledged: isAcknowledged(as, judged) },
  );
  return {
    desired,
    now,
    wanted,
    closed: flows.closed,
    unheld,
    read: flows.read,
    mods: flows.mods,
    left: { nothing: flows.postponed.size === 0 && flows.held.size === 0, disturbed: flows.postponed.size > 0 },
    held: flows.held,
    isDone,
    portMods,
    transactions,
    ports,
    wakeAt: wakeAt(contended, flows, memory, [...unseen, ...(rest > 0 ? [now + rest] : [])], now),
    memory: { ...memory, work: { derivation: work, wanted: flows.wanted, stands } },
  };
}

const NONE = Dict.empty<string, JudgedPort>();

/** What keeps ports closed, flows of others aside. */
function closingHolds(
  work: Derivation,
  { bridge, byPort }: DesiredBridge,
  { settings, connection }: Observed,
  refused: Refusals,
): Dict<string, Hold> {
  const isAssumed = settings === 'assumed';
  const source = sourceFor(connection);
  const own =
    source === 'none' ? undefined : work.group('own port', byPort, ({ port }) => (isLocal(port) ? ['own'] : []));
  const local = localOf(own?.get('own')?.values() ?? []);
  const software = connection.kind === 'up' ? connection.software : undefined;
  const crashHold = work.once('crashes', [bridge, local, source, software], () =>
    crashHolds(bridge, local, connection),
  );
  const seen = isAssumed ? Dict.empty<string, Seen>() : settings;
  return work.each('closing', [byPort, seen, refused], [isAssumed, crashHold], (_, judged, setting, refusal) => {
    if (judged === undefined) return undefined;
    return closingHold(judged, isAssumed || isInForce(setting, judged), refusal) ?? crashHold(judged);
  });
}

/** The transactions that are due, by port. */
function dueRows(
  work: Derivation,
  byPort: Dict<string, JudgedPort>,
  holds: Dict<string, Hold>,
  served: Served | undefined,
): Dict<string, RowTransaction> {
  const { ports, open } = served ?? { ports: NONE, open: NONE };
  return work.each('rows', [byPort, holds, ports, open], [], (_, judged, hold, as, openAs) =>
    judged === undefined ? undefined : decideRow(judged, hold, { as, openAs }),
  );
}

function isReachable({ connection, isBusyWithFlows }: Observed): boolean {
  return connection.kind === 'up' && !isBusyWithFlows;
}

/** Holds the ports of which something waits because another writer keeps undoing it. */
function contendedHolds(
  { byPort }: DesiredBridge,
  holds: Dict<string, Hold>,
  { postponed }: FlowDecision,
  { repairs }: Memory,
  now: number,
): Dict<string, Hold> {
  const contended: [string, Hold][] = [];
  if (postponed.size === 0 && !isFought(repairs, now)) return Dict.empty();
  for (const [key, judged] of byPort) {
    if (holds.has(key)) continue;
    const flow = judged.port.ofports.map((ofport) => postponed.get(ofport)).find((late) => late !== undefined);
    const marks = marksInWords(judged);
    const wait = pause(repairs, marks, now);
    if (flow !== undefined) contended.push([key, contendedHold(flow.thing, flow.until)]);
    else if (wait > 0) contended.push([key, contendedHold(marks, now + wait)]);
  }
  return Dict.of(contended);
}

function wakeAt(
  holds: Dict<string, Hold>,
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

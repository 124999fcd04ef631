import type { Dict } from '../../base/dict.ts';
import type { DesiredBridge } from '../../desire/desired-bridge.ts';
import type { FlowMod } from '../../openflow/flow.ts';
import { formatFlow } from '../../openflow/format-flow.ts';
import { portOf } from '../../pipeline/cookie.ts';
import type { Layout } from '../../pipeline/layout.ts';
import { conflictOf, withConflicts, type Conflicts } from '../flows/conflicts.ts';
import { flowDifference, type FlowDifference } from '../flows/flow-difference.ts';
import { drops, keyOf, sameBody, type FlowIndex } from '../flows/flow-index.ts';
import type { Hold } from './hold.ts';
import { placeTakenHold } from './holds.ts';
import { NO_MEMORY, type Memory } from './memory.ts';
import type { Observed } from './observed.ts';
import { wantedFlows, type WantedFlows } from '../flows/wanted-flows.ts';
import { sourceFor } from './normal-crash.ts';
import { pause, repaired, type Repairs } from './repairs.ts';

/** What the flows of a bridge depend on. */
export interface FlowQuestion {
  readonly layout: Layout;
  readonly desired: DesiredBridge;
  readonly observed: Observed;
  readonly memory: Memory;
  /** Holds that close a port, flows of others aside. */
  readonly holds: Dict<string, Hold>;
  /** Ports that are to have no flow at all. */
  readonly bare: Dict<string, unknown>;
  readonly now: number;
  /** Nothing is to be sent now. */
  readonly isResting: boolean;
}

/** A repair that waits, because another writer keeps undoing it. */
export interface Postponed {
  readonly thing: string;
  readonly until: number;
}

export interface FlowDecision {
  readonly wanted: WantedFlows;
  /** Why ports are closed, flows of others included. */
  readonly closed: Dict<string, Hold>;
  readonly read: boolean;
  readonly mods: readonly FlowMod[];
  /** By the number of the port that waits. */
  readonly postponed: ReadonlyMap<number, Postponed>;
  readonly held: ReadonlySet<string>;
  readonly conflicts: Conflicts;
  readonly repairs: Repairs;
}

/**
 * What is to be done about the flows now. A port whose flow is in a place that somebody else has taken is closed, which makes other
 * flows wanted, which may meet others' flows in turn: it goes on until nothing more is closed.
 */
export function decideFlows(question: FlowQuestion): FlowDecision {
  const { observed, memory, holds } = question;
  const { connection, isStale, isBusyWithFlows } = observed;
  const nothing = {
    mods: [],
    postponed: new Map<number, Postponed>(),
    held: new Set<string>(),
    repairs: memory.repairs,
  };
  if (connection.kind !== 'up') {
    const { conflicts } = NO_MEMORY;
    return {
      ...nothing,
      wanted: wantedWith(question, holds, memory.work?.wanted),
      closed: holds,
      conflicts,
      read: false,
    };
  }
  if (isStale || isBusyWithFlows) {
    // What was found before holds until it is known better.
    const { conflicts } = memory;
    const closed = closedBy(holds, conflicts, question.desired);
    const read = isStale && !isBusyWithFlows && !question.isResting;
    return { ...nothing, wanted: wantedWith(question, closed, memory.work?.wanted), closed, conflicts, read };
  }
  const held = new Set<string>();
  let { conflicts } = NO_MEMORY;
  let closed = holds;
  let last = memory.work?.wanted;
  for (;;) {
    const wanted = wantedWith(question, closed, last);
    last = wanted;
    const difference = compare(observed, wanted.flows);
    for (const place of difference.held) held.add(place);
    conflicts = withConflicts(conflicts, difference.conflicts);
    const more = closedBy(closed, conflicts, question.desired);
    if (more !== closed) {
      closed = more;
      continue;
    }
    const { due, postponed, repairs } = sort(difference.mods, question);
    return { wanted, closed, read: false, mods: due, postponed, held, conflicts, repairs };
  }
}

const NO_DIFFERENCE: FlowDifference = { mods: [], conflicts: [], held: [] };

function compare({ flows, foreign, isUndisturbed }: Observed, wanted: FlowIndex): FlowDifference {
  return isUndisturbed && flows === wanted ? NO_DIFFERENCE : flowDifference(flows, wanted, (key) => foreign.get(key));
}

function wantedWith(
  { desired, observed, bare, layout }: FlowQuestion,
  closed: Dict<string, Hold>,
  last: WantedFlows | undefined,
): WantedFlows {
  return wantedFlows({ desired, closed, bare, normalSource: sourceFor(observed.connection) }, layout, last);
}

/** `holds` and those of the ports that `conflicts` close besides. */
function closedBy(holds: Dict<string, Hold>, conflicts: Conflicts, { byPort }: DesiredBridge): Dict<string, Hold> {
  if (conflicts.size === 0) return holds;
  let closed = holds;
  for (const [key, judged] of byPort) {
    const conflict = closed.has(key) ? undefined : conflictOf(conflicts, judged);
    if (conflict !== undefined) closed = closed.with(key, placeTakenHold(conflict));
  }
  return closed;
}

/** What of `mods` is to be done now: repairs are noted, and one that is fought over and only opens something waits. */
function sort(
  mods: readonly FlowMod[],
  question: FlowQuestion,
): Pick<FlowDecision, 'postponed' | 'repairs'> & { readonly due: readonly FlowMod[] } {
  const { observed, memory, now, layout, isResting } = question;
  const postponed = new Map<number, Postponed>();
  if (isResting) return { due: [], postponed, repairs: memory.repairs };
  if (observed.isUndisturbed) return { due: mods, postponed, repairs: memory.repairs };
  const repairs: string[] = [];
  const due = mods.filter((mod) => {
    const thing = repairOf(mod, memory.repairs.flows);
    if (thing === undefined) return true;
    const wait = canWait(mod, layout) ? pause(memory.repairs, thing, now) : 0;
    if (wait > 0) postponed.set(portOf(mod.flow.cookie) ?? 0, { thing, until: now + wait });
    else repairs.push(thing);
    return wait === 0;
  });
  return { due, postponed, repairs: repaired(memory.repairs, repairs, now) };
}

/** What of ours somebody changed, in words, where `mod` only puts that right. */
function repairOf({ command, flow }: FlowMod, established: FlowIndex | undefined): string | undefined {
  const before = established?.get(keyOf(flow));
  if (command === 'deleteStrict') {
    return before === undefined && established !== undefined
      ? `the absence of a flow with our cookie: ${formatFlow(flow)}`
      : undefined;
  }
  return before !== undefined && sameBody(before, flow) ? `a flow of ours: ${formatFlow(flow)}` : undefined;
}

/** Without it a port reaches or hears less, and nobody more. */
function canWait({ command, flow }: FlowMod, { classify, priorities }: Layout): boolean {
  const opens = flow.table !== classify || flow.priority > priorities.CLOSED;
  return command === 'add' && !drops(flow) && opens && portOf(flow.cookie) !== undefined;
}

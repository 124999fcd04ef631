import type { DesiredBridge, JudgedPort } from '../../desire/desired-bridge.ts';
import type { FlowMod } from '../../openflow/flow.ts';
import { formatFlow } from '../../openflow/format-flow.ts';
import { portOf } from '../../pipeline/cookie.ts';
import type { Layout } from '../../pipeline/layout.ts';
import { conflictOf, withConflicts, type Conflicts } from '../flows/conflicts.ts';
import type { Compiler } from './decision.ts';
import { flowDifference, type FlowDifference } from '../flows/flow-difference.ts';
import { drops, keyOf, sameBody, type FlowIndex } from '../flows/flow-index.ts';
import type { Hold } from './hold.ts';
import { NO_MEMORY, type Memory } from './memory.ts';
import type { Observed } from './observed.ts';
import { sourceFor } from './normal-crash.ts';
import { pause, repaired, type Repairs } from './repairs.ts';

/** What the flows of a bridge depend on. */
export interface FlowQuestion {
  readonly compile: Compiler;
  readonly layout: Layout;
  readonly desired: DesiredBridge;
  readonly observed: Observed;
  readonly memory: Memory;
  /** Holds that close a port, flows of others aside. */
  readonly holds: ReadonlyMap<JudgedPort, Hold>;
  /** Numbers of ports that are to have no flow at all. */
  readonly bare: ReadonlySet<number>;
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
  readonly wanted: FlowIndex;
  readonly open: ReadonlySet<JudgedPort>;
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
  const { desired, observed, memory, holds } = question;
  const { connection, isStale, isBusyWithFlows } = observed;
  const open = new Set(desired.ports.filter((judged) => !holds.has(judged)));
  const nothing = { open, mods: [], postponed: new Map<number, Postponed>(), held: new Set<string>() };
  if (connection.kind !== 'up') {
    return { ...nothing, ...wantedOf(question, open, NO_MEMORY.conflicts), read: false, repairs: memory.repairs };
  }
  if (isStale || isBusyWithFlows) {
    // What was found before holds until it is known better.
    const read = isStale && !isBusyWithFlows && !question.isResting;
    return { ...nothing, ...wantedOf(question, open, memory.conflicts), read, repairs: memory.repairs };
  }
  const held = new Set<string>();
  let conflicts = NO_MEMORY.conflicts;
  for (;;) {
    const { wanted } = wantedOf(question, open, conflicts);
    const difference = compare(observed, wanted);
    for (const place of difference.held) held.add(place);
    conflicts = withConflicts(conflicts, difference.conflicts);
    if (desired.ports.some((judged) => open.has(judged) && conflictOf(conflicts, judged) !== undefined)) continue;
    const { due, postponed, repairs } = sort(difference.mods, question);
    return { wanted, open, read: false, mods: due, postponed, held, conflicts, repairs };
  }
}

const NO_DIFFERENCE: FlowDifference = { mods: [], conflicts: [], held: [] };

function compare({ flows, foreign, isUndisturbed }: Observed, wanted: FlowIndex): FlowDifference {
  return isUndisturbed && flows === wanted ? NO_DIFFERENCE : flowDifference(flows, wanted, (key) => foreign.get(key));
}

/** The flows that are wanted with `conflicts`; takes the ports that these close out of `open`. */
function wantedOf(
  { compile, desired, observed, bare }: FlowQuestion,
  open: Set<JudgedPort>,
  conflicts: Conflicts,
): { readonly wanted: FlowIndex; readonly conflicts: Conflicts } {
  if (conflicts.size > 0) {
    for (const judged of desired.ports) if (conflictOf(conflicts, judged) !== undefined) open.delete(judged);
  }
  return { wanted: compile(desired, open, sourceFor(observed.connection), bare), conflicts };
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

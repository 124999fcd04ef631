import type { Derivation } from '../../base/derivation.ts';
import { Dict } from '../../base/dict.ts';
import type { JudgedPort } from '../../desire/desired-bridge.ts';
import { memo } from '../../base/memo.ts';
import type { Operation } from '../../ovsdb/operation.ts';
import { roleName } from '../../pvlan/role.ts';
import type { Conflicts } from '../flows/conflicts.ts';
import type { Refusals } from './refusals.ts';
import { NO_REPAIRS, type Repairs, type Standing } from './repairs.ts';
import type { WantedFlows } from '../flows/wanted-flows.ts';

/** What the last complete bundle left acknowledged. */
export interface Served {
  /** The ports whose verdicts the flows are for. */
  readonly ports: Dict<string, JudgedPort>;
  /** Those of them that the flows open, by row. */
  readonly open: Dict<string, JudgedPort>;
}

/** How far a decision has worked things out, for the next to go on from. */
export interface Work {
  readonly derivation: Derivation;
  readonly wanted: WantedFlows;
  readonly stands: Dict<string, readonly Standing[]>;
}

/**
 * What is remembered of one bridge from one decision to the next: a value, which decisions and their outcomes replace. All of it
 * may be lost without harm: ports stay closed a moment longer, or a fault is told again; none is opened.
 */
export interface Memory {
  /** The connection that refusals, conflicts and `served` are of. */
  readonly generation: number;
  readonly refusals: Refusals;
  /** As found when the flows were last compared. */
  readonly conflicts: Conflicts;
  readonly repairs: Repairs;
  readonly served: Served | undefined;
  /** What was written lately: the rows of a port show it a moment later, as another object. */
  readonly written: ReadonlyMap<JudgedPort, { readonly operations: readonly Operation[]; readonly at: number }>;
  /** What the last decision was worked out by: without it the next comes to the same, but from nothing. */
  readonly work: Work | undefined;
  /** Why the last bundle, or read, failed, if it did. */
  readonly flowsFailure: string | undefined;
  /** Why the last write of rows failed, if it did. */
  readonly rowsFailure: string | undefined;
}

export const NO_MEMORY: Memory = {
  generation: 0,
  refusals: Dict.empty(),
  conflicts: new Map(),
  repairs: NO_REPAIRS,
  served: undefined,
  written: new Map(),
  work: undefined,
  flowsFailure: undefined,
  rowsFailure: undefined,
};

/** Forgets what was so over a connection that has ended: the next may be to another ovs-vswitchd. */
export function reconnected(memory: Memory, generation: number): Memory {
  return {
    ...memory,
    generation,
    refusals: NO_MEMORY.refusals,
    conflicts: NO_MEMORY.conflicts,
    repairs: { ...memory.repairs, flows: undefined },
    served: undefined,
    flowsFailure: undefined,
  };
}

/** The agent does not act for now, and what it last wanted may be out of date when it does again. */
export function paused(memory: Memory): Memory {
  return { ...memory, served: undefined, flowsFailure: undefined, rowsFailure: undefined };
}

/** Flows or rows could not be brought about; what became of them is not known. */
export function failed(memory: Memory, what: 'flowsFailure' | 'rowsFailure', message: string): Memory {
  return { ...memory, [what]: message, served: what === 'flowsFailure' ? undefined : memory.served };
}

/** Whether the flows of the port, which were acknowledged for what it was then (`as`), are those that its verdict wants: one whose role or number changes is not served yet. */
export function isAcknowledged(as: JudgedPort | undefined, judged: JudgedPort): boolean {
  return as !== undefined && (as === judged || servedAs(as) === servedAs(judged));
}

const servedAs = memo(({ port, verdict }: JudgedPort): string => {
  return `${'role' in verdict ? roleName(verdict.role) : verdict.kind} ${port.ofports.join()}`;
});

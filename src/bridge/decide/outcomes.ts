import type { Flow } from '../../openflow/flow.ts';
import type { JudgedPort } from '../../desire/desired-bridge.ts';
import type { Decision, RowTransaction } from './decision.ts';
import type { Memory } from './memory.ts';
import { accepted, blame } from './refusals.ts';

/** What is written shows in the rows within this time, in ms, or is written again. */
const UNSEEN_MS = 1000;

/** What of a decision counts once its flows are in. */
type Acknowledged = Pick<Decision, 'wanted' | 'now' | 'unheld' | 'desired'>;

/** ovs-vswitchd has acknowledged the flows of `decision`, or had them already. */
export function acknowledged(memory: Memory, { desired, unheld, wanted, now }: Acknowledged): Memory {
  return {
    ...memory,
    served: { ports: desired.byPort, open: unheld },
    repairs: { ...memory.repairs, flows: wanted },
    refusals: accepted(memory.refusals, now),
    flowsFailure: undefined,
  };
}

/** ovs-vswitchd has refused `flow`; undefined where no single port is to blame, so that there is nothing to leave out. */
export function refused(
  memory: Memory,
  { desired, closed }: Decision,
  flow: Flow,
  message: string,
  now: number,
): Memory | undefined {
  const isOpen = ({ port }: JudgedPort): boolean => !closed.has(port.row._uuid);
  const refusals = blame(memory.refusals, flow, desired.ports, isOpen, message, now);
  return refusals === undefined ? undefined : { ...memory, refusals };
}

/** The transactions were committed at `now`. */
export function written(memory: Memory, transactions: readonly RowTransaction[], now: number): Memory {
  const recent = Array.from(memory.written).filter(([, { at }]) => now < at + UNSEEN_MS);
  const latest = transactions.map(({ judged, operations }) => [judged, { operations, at: now }] as const);
  return { ...memory, written: new Map([...recent, ...latest]) };
}

/** When what was written to the rows of the port may be written again, although they do not show it; undefined: now. */
export function unseenUntil(
  { written: known }: Memory,
  { judged, operations }: RowTransaction,
  now: number,
): number | undefined {
  const last = known.get(judged);
  if (last === undefined || now >= last.at + UNSEEN_MS) return undefined;
  return operations.every((operation) => last.operations.includes(operation)) ? last.at + UNSEEN_MS : undefined;
}

import { Dict } from '../../base/dict.ts';
import type { FlowIndex } from '../flows/flow-index.ts';

/** This many repairs of one thing make a fight of it. */
const FOUGHT_OVER = 10;
/** A fight is on when they came within this time, in ms. */
const QUICK_MS = 10_000;
/** Spread over this time they cost nothing, but are something the operator should know. In ms. */
const SLOW_MS = 600_000;
/** A fight ends when the thing was left alone this long, in ms. */
const PEACE_MS = 30_000;
/** Wait before a thing that is fought over is repaired again, where that can wait, in ms. */
const TRUCE_MS = 1000;
/** Wait between any two rounds while there is a fight, in ms: what has to be closed cannot wait longer. */
const GAP_MS = 20;

/** How one thing (a flow, a port's setting, a port's marks) has fared. */
interface Bucket {
  /** The times of its last repairs, ten at most. */
  readonly recent: readonly number[];
  readonly isFight: boolean;
  readonly last: number;
}

/** What is to be there, and whether it is. */
export interface Stand {
  /** Another text is another demand. */
  readonly text: string;
  readonly inPlace: boolean;
}

/** What is to be there of a port, by what it is called where somebody fights over it. */
export type Standing = readonly [thing: string, stand: Stand];

/**
 * The one memory of what the agent has brought about and of who undoes it. A value: whatever is learned makes another one.
 * Repairs are immediate until a thing is fought over; then those that only open something come once a second, and the others
 * GAP_MS after the last at the soonest, so that neither side burns the machine, and the operator is told. Times are of a
 * monotonic clock, in ms.
 */
export interface Repairs {
  readonly buckets: ReadonlyMap<string, Bucket>;
  /** How many repairs there were in all. */
  readonly count: number;
  /** The flows as they were last brought about; undefined where that is not known, after the connection has ended. */
  readonly flows: FlowIndex | undefined;
  /** The settings and marks that were in place at the last look, by what they are called. */
  readonly rows: Dict<string, string>;
}

export const NO_REPAIRS: Repairs = { buckets: new Map(), count: 0, flows: undefined, rows: Dict.empty() };

/** Takes note of repairs of `things` made at `now`. */
export function repaired(repairs: Repairs, things: readonly string[], now: number): Repairs {
  if (things.length === 0) return repairs;
  const buckets = new Map(Array.from(repairs.buckets).filter(([, bucket]) => isOpen(bucket, now)));
  for (const thing of things) {
    const before = buckets.get(thing);
    const recent = [...(before?.recent ?? []), now].slice(-FOUGHT_OVER);
    const isQuick = recent.length === FOUGHT_OVER && now - (recent[0] ?? now) < QUICK_MS;
    buckets.set(thing, { recent, isFight: isQuick || before?.isFight === true, last: now });
  }
  return { ...repairs, buckets, count: repairs.count + things.length };
}

/**
 * Takes note of how settings and marks stand at `now`, by port; `before` is how they stood at the last look, where that is known. What was
 * in place and has to be made again, though the demand is the same, somebody has undone: that is a repair.
 */
export function looked(
  repairs: Repairs,
  stands: Dict<string, readonly Standing[]>,
  now: number,
  before: Dict<string, readonly Standing[]> | undefined,
): Repairs {
  const undone: string[] = [];
  let rows = before === undefined ? Dict.empty<string, string>() : repairs.rows;
  const differences = Dict.differences(before ?? Dict.empty<string, readonly Standing[]>(), stands);
  for (const { before: stood = [] } of differences) for (const [thing] of stood) rows = rows.without(thing);
  for (const { after = [] } of differences) {
    for (const [thing, { text, inPlace }] of after) {
      // What is not in place yet is still demanded: it is undone once, not at each look.
      if (inPlace) rows = rows.with(thing, text);
      else if (repairs.rows.get(thing) === text) undone.push(thing);
    }
  }
  return repaired({ ...repairs, rows }, undone, now);
}

/** How long to wait before `thing` is repaired again, in ms; 0 in peace. */
export function pause(repairs: Repairs, thing: string, now: number): number {
  const bucket = current(repairs, thing, now);
  return bucket?.isFight === true ? Math.max(0, bucket.last + TRUCE_MS - now) : 0;
}

/** How long to wait before anything is done again, in ms; 0 in peace. */
export function gap(repairs: Repairs, now: number): number {
  let wait = 0;
  for (const thing of repairs.buckets.keys()) {
    const bucket = current(repairs, thing, now);
    if (bucket?.isFight === true) wait = Math.max(wait, bucket.last + GAP_MS - now);
  }
  return wait;
}

/** Whether anything is fought over at `now`. */
export function isFought(repairs: Repairs, now: number): boolean {
  return [...repairs.buckets.keys()].some((thing) => current(repairs, thing, now)?.isFight === true);
}

/** What is fought over at `now`, or was repaired again and again. */
export function fights(repairs: Repairs, now: number): readonly string[] {
  return [...repairs.buckets.keys()].filter((thing) => {
    const bucket = current(repairs, thing, now);
    if (bucket === undefined) return false;
    return bucket.isFight || bucket.recent.filter((time) => now - time < SLOW_MS).length === FOUGHT_OVER;
  });
}

/** The bucket of `thing`, unless that has been left alone for long. */
function current(repairs: Repairs, thing: string, now: number): Bucket | undefined {
  const bucket = repairs.buckets.get(thing);
  return bucket !== undefined && isOpen(bucket, now) ? bucket : undefined;
}

function isOpen({ last, isFight }: Bucket, now: number): boolean {
  return now - last <= (isFight ? PEACE_MS : SLOW_MS);
}

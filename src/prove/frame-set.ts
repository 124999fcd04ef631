import type { CompiledMatch } from './header-space.ts';
import type { ValueSet } from './value-set.ts';

/**
 * A set of frames on their way through a bridge. `was` says what they looked like when they came in, `now` what actions have made of
 * them since. Immutable. Wherever a set cannot be told exactly it is larger than the truth, never smaller.
 */
export interface FrameSet {
  /** Allowed values by field as the frames came in. */
  readonly was: readonly ValueSet[];
  /** Fields that actions have written since. */
  readonly now: ReadonlyMap<number, ValueSet>;
  /** The second tag that the switch knows of, as values of the VLAN field; undefined: none. */
  readonly innerTag: ValueSet | undefined;
  /** The OpenFlow port that the switch takes them to have come in by. */
  readonly inPort: number;
  readonly registers: readonly number[];
  /** Bits of each register whose value is not known. */
  readonly unknown: readonly number[];
  readonly metadata: bigint;
  /** Parts of fields that flows keep in registers, to put them back later. */
  readonly saved: readonly SavedPart[];
  /** The frames are as many as the truth at least, but maybe more: a leak of them has to be looked at. */
  readonly widened: boolean;
}

const NO_REGISTERS: readonly number[] = new Array<number>(16).fill(0);
const NOTHING_WRITTEN: ReadonlyMap<number, ValueSet> = new Map();

/** Bits of a field as they were when a flow moved them into a register. */
export interface SavedPart {
  readonly register: number;
  readonly registerOffset: number;
  readonly field: number;
  readonly fieldOffset: number;
  readonly bits: number;
  /** What the field allowed then; undefined: what it had come in with. */
  readonly written: ValueSet | undefined;
  /** The part is back in its place, and the others of its field may not be yet. */
  readonly back: boolean;
}

/** Frames that come in by a port with the headers `was`. */
export function arriving(inPort: number, was: readonly ValueSet[]): FrameSet {
  return {
    was,
    now: NOTHING_WRITTEN,
    innerTag: undefined,
    inPort,
    registers: NO_REGISTERS,
    unknown: NO_REGISTERS,
    metadata: 0n,
    saved: [],
    widened: false,
  };
}

/** The allowed values of a field as it is now. */
export function current(frames: FrameSet, field: number): ValueSet {
  const set = (frames.now.size === 0 ? undefined : frames.now.get(field)) ?? frames.was[field];
  if (set === undefined) throw new RangeError(`there is no field ${field}`);
  return set;
}

/** Those of `frames` whose `field` is one of `allowed` now; undefined where there are none. */
export function narrow(frames: FrameSet, field: number, allowed: ValueSet): FrameSet | undefined {
  const before = current(frames, field);
  const set = before.and(allowed);
  if (set === before) return frames;
  return set.isEmpty ? undefined : withField(frames, field, set);
}

/** Those of `frames` that fit `match`; undefined where none does. */
export function matching(frames: FrameSet, match: CompiledMatch): FrameSet | undefined {
  if (!mayFitSwitch(frames, match)) return undefined;
  let left: FrameSet | undefined = frames;
  for (const [field, met] of match.fields) {
    left = narrow(left, field, met);
    if (left === undefined) return undefined;
  }
  return left;
}

/** Those of `frames` that do not fit `match`, as sets that do not overlap. What may fit or not is in both answers. */
export function notMatching(frames: FrameSet, match: CompiledMatch): readonly FrameSet[] {
  if (match.uncertain || !mayFitSwitch(frames, match) || dependsOnUnknown(frames, match)) return [frames];
  const rest: FrameSet[] = [];
  let left: FrameSet = frames;
  for (const [field, met] of match.fields) {
    const before = current(left, field);
    const inside = narrow(left, field, met);
    // Nothing in common: every frame of the set is outside.
    if (inside === undefined) {
      rest.push(left);
      return rest;
    }
    if (inside === left) continue;
    const outside = before.without(met);
    if (!outside.isEmpty) rest.push(withField(left, field, outside));
    left = inside;
  }
  return rest;
}

/** `frames` with `field` written by an action. */
export function written(frames: FrameSet, field: number, set: ValueSet, widened = false): FrameSet {
  const now = new Map(frames.now);
  now.set(field, set);
  return { ...frames, now, widened: frames.widened || widened };
}

/** Whether the input port and the switch's own fields fit, or may. */
export function mayFitSwitch(frames: FrameSet, match: CompiledMatch): boolean {
  const { inPort, metadata } = frames;
  if (match.inPort !== undefined && match.inPort !== inPort) return false;
  if (match.metadata !== undefined && (metadata & match.metadata.mask) !== match.metadata.value) return false;
  return match.registers.length === 0 || registersMayFit(frames, match);
}

/** Whether the registers fit, or may. */
export function registersMayFit({ registers, unknown }: FrameSet, match: CompiledMatch): boolean {
  for (const [index, value, mask] of match.registers) {
    if ((((registers[index] ?? 0) ^ value) & mask & ~(unknown[index] ?? 0)) !== 0) return false;
  }
  return true;
}

/** Whether `match` looks at bits of registers that are not known: it may fit or not. */
export function dependsOnUnknown({ unknown }: FrameSet, match: CompiledMatch): boolean {
  return match.registers.some(([index, , mask]) => ((unknown[index] ?? 0) & mask) !== 0);
}

function withField(frames: FrameSet, field: number, set: ValueSet): FrameSet {
  if (frames.now.has(field)) {
    const now = new Map(frames.now);
    now.set(field, set);
    return withHeaders(frames, frames.was, now);
  }
  const was = frames.was.slice();
  was[field] = set;
  return withHeaders(frames, was, frames.now);
}

// Member by member: the proof makes more of these than of anything else, and a spread costs several times as much.
function withHeaders(
  { innerTag, inPort, registers, unknown, metadata, saved, widened }: FrameSet,
  was: FrameSet['was'],
  now: FrameSet['now'],
): FrameSet {
  return { was, now, innerTag, inPort, registers, unknown, metadata, saved, widened };
}

/** `frames` with `field` as it was before actions wrote it, or as it was at an earlier time. */
export function restored(frames: FrameSet, field: number, before: ValueSet | undefined): FrameSet {
  if (before !== undefined) return written(frames, field, before);
  const now = new Map(frames.now);
  now.delete(field);
  return { ...frames, now };
}

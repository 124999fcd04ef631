import type { Flow } from '../openflow/flow.ts';
import { current, dependsOnUnknown, notMatching, registersMayFit, type FrameSet } from './frame-set.ts';
import type { CompiledMatch, HeaderSpace } from './header-space.ts';
import type { ValueSet } from './value-set.ts';

/** A flow with its match in terms of the header space. */
export interface Rule {
  readonly bridge: string;
  readonly flow: Flow;
  readonly match: CompiledMatch;
}

/** Rules of one priority that ask the same values of the same registers, and of no field of the frame or of the same one. */
interface Bucket {
  readonly rules: Rule[];
  /** Where all rules compare one field as a whole: the rules by the number of the value. */
  readonly byValue: Map<number, Rule[]> | undefined;
  /** Matches that leave over what none of the rules fits, as few as possible; undefined until they are asked for. */
  union: readonly CompiledMatch[] | undefined;
}

/** Rules of one priority that look at the same bits of registers, and at the same fields. */
interface Shape {
  readonly registers: readonly (readonly [index: number, mask: number])[];
  /** The one field of the frame that they compare as a whole, if there is no other. */
  readonly field: number | undefined;
  readonly buckets: Map<string, Bucket>;
  /** The same buckets. */
  listed: readonly Bucket[];
}

/** Rules of one priority that ask for one input port, or for none. */
class Level {
  readonly priority: number;
  readonly #shapes = new Map<string, Shape>();
  #listed: readonly Shape[] = [];

  constructor(priority: number) {
    this.priority = priority;
  }

  get isEmpty(): boolean {
    return this.#shapes.size === 0;
  }

  add(rule: Rule): void {
    const { shape, key } = shapeOf(rule.match);
    const known = this.#shapes.get(key) ?? shape;
    this.#shapes.set(key, known);
    this.#listed = [...this.#shapes.values()];
    const values = valuesKey(rule.match);
    const bucket = known.buckets.get(values) ?? {
      rules: [],
      byValue: known.field === undefined ? undefined : new Map<number, Rule[]>(),
      union: undefined,
    };
    known.buckets.set(values, bucket);
    known.listed = [...known.buckets.values()];
    bucket.rules.push(rule);
    bucket.union = undefined;
    const number = rule.match.fields[0]?.[1].odd[0];
    if (bucket.byValue === undefined || number === undefined) return;
    bucket.byValue.set(number, [...(bucket.byValue.get(number) ?? []), rule]);
  }

  delete(rule: Rule): void {
    const { key } = shapeOf(rule.match);
    const shape = this.#shapes.get(key);
    const values = valuesKey(rule.match);
    const bucket = shape?.buckets.get(values);
    if (shape === undefined || bucket === undefined) return;
    bucket.rules.splice(bucket.rules.indexOf(rule), 1);
    bucket.union = undefined;
    const number = rule.match.fields[0]?.[1].odd[0];
    if (bucket.byValue !== undefined && number !== undefined) {
      const left = bucket.byValue.get(number)?.filter((one) => one !== rule) ?? [];
      if (left.length > 0) bucket.byValue.set(number, left);
      else bucket.byValue.delete(number);
    }
    if (bucket.rules.length > 0) return;
    shape.buckets.delete(values);
    shape.listed = [...shape.buckets.values()];
    if (shape.buckets.size === 0) this.#shapes.delete(key);
    this.#listed = [...this.#shapes.values()];
  }

  /** Calls `meet` with each rule that some of `sets` may fit; all of them have the switch's own fields of `asked`. */
  fitting(asked: FrameSet, sets: readonly FrameSet[], meet: (set: FrameSet, rule: Rule) => void): void {
    for (const shape of this.#listed) {
      for (const bucket of bucketsFor(shape, asked)) {
        for (const set of sets) {
          const listed = shape.field === undefined ? undefined : listedIn(set, shape.field, bucket);
          if (listed === undefined) for (const rule of bucket.rules) meet(set, rule);
          else for (const number of listed) for (const rule of bucket.byValue?.get(number) ?? []) meet(set, rule);
        }
      }
    }
  }

  /** What is left of `sets` by the rules of this priority. */
  rest(asked: FrameSet, sets: readonly FrameSet[]): readonly FrameSet[] {
    let left = sets;
    for (const shape of this.#listed) {
      for (const bucket of bucketsFor(shape, asked)) {
        for (const match of together(shape, bucket, asked)) left = restOf(left, match);
      }
    }
    return left;
  }
}

/** Levels of one input port, or of any, the highest priority first. */
type Lane = Level[];

/** The flow tables of one bridge. */
export class Tables {
  readonly #bridge: string;
  readonly #space: HeaderSpace;
  readonly #tables = new Map<number, Map<number | undefined, Lane>>();
  readonly #rules = new Map<Flow, Rule>();

  constructor(bridge: string, flows: readonly Flow[], space: HeaderSpace) {
    this.#bridge = bridge;
    this.#space = space;
    for (const flow of flows) this.add(flow);
  }

  get rules(): ReadonlyMap<Flow, Rule> {
    return this.#rules;
  }

  add(flow: Flow): Rule {
    const rule: Rule = { bridge: this.#bridge, flow, match: this.#space.compile(flow.match) };
    this.#rules.set(flow, rule);
    const lanes = this.#tables.get(flow.table) ?? new Map<number | undefined, Lane>();
    this.#tables.set(flow.table, lanes);
    const lane = lanes.get(rule.match.inPort) ?? [];
    lanes.set(rule.match.inPort, lane);
    const at = placeOf(lane, flow.priority);
    let level = lane[at];
    if (level?.priority !== flow.priority) {
      level = new Level(flow.priority);
      lane.splice(at, 0, level);
    }
    level.add(rule);
    return rule;
  }

  delete(flow: Flow): Rule | undefined {
    const rule = this.#rules.get(flow);
    if (rule === undefined) return undefined;
    this.#rules.delete(flow);
    const lanes = this.#tables.get(flow.table);
    const lane = lanes?.get(rule.match.inPort) ?? [];
    const at = placeOf(lane, flow.priority);
    const level = lane[at];
    level?.delete(rule);
    if (level?.isEmpty === true) lane.splice(at, 1);
    if (lane.length === 0) lanes?.delete(rule.match.inPort);
    return rule;
  }

  /** The rules of `table` that frames from `inPort` may meet: those of one priority at a time, the highest first. */
  levels(table: number, inPort: number): readonly (readonly Level[])[] {
    const lanes = this.#tables.get(table);
    const own = lanes?.get(inPort) ?? [];
    const anyPort = lanes?.get(undefined) ?? [];
    const merged: (readonly Level[])[] = [];
    let [left, right] = [0, 0];
    while (left < own.length || right < anyPort.length) {
      const [one, other] = [own[left], anyPort[right]];
      const [mine, its] = [one?.priority ?? -1, other?.priority ?? -1];
      if (one !== undefined && other !== undefined && mine === its) merged.push([one, other]);
      else if (one !== undefined && mine > its) merged.push([one]);
      else if (other !== undefined) merged.push([other]);
      if (mine >= its) left += 1;
      if (its >= mine) right += 1;
    }
    return merged;
  }
}

/** The index of the level of `priority` in `lane`, or of the place where it would stand. */
function placeOf(lane: Lane, priority: number): number {
  let [low, high] = [0, lane.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((lane[middle]?.priority ?? 0) > priority) low = middle + 1;
    else high = middle;
  }
  return low;
}

function shapeOf(match: CompiledMatch): { readonly shape: Shape; readonly key: string } {
  const [only, ...others] = match.fields;
  const plain = match.metadata === undefined && !match.uncertain && others.length === 0;
  const field = plain && only?.[1].isSingle === true ? only[0] : undefined;
  const looks = match.metadata !== undefined || match.uncertain ? 'other' : match.fields.map(([index]) => index).join();
  const registers = match.registers.map(([index, , mask]) => [index, mask] as const);
  return {
    shape: { registers, field, buckets: new Map(), listed: [] },
    key: `${field === undefined ? '' : 'whole '}${looks} ${registers.flat().join()}`,
  };
}

function valuesKey({ registers }: CompiledMatch): string {
  return registers.map(([, value, mask]) => (value & mask) >>> 0).join();
}

/** The buckets of `shape` whose registers may have the values that frames like `asked` have. */
function bucketsFor({ registers, buckets, listed }: Shape, asked: FrameSet): readonly Bucket[] {
  if (registers.length === 0) return listed;
  const [only] = listed;
  if (only !== undefined && listed.length === 1) {
    const [rule] = only.rules;
    return rule !== undefined && registersMayFit(asked, rule.match) ? listed : [];
  }
  const { registers: values, unknown } = asked;
  if (registers.some(([index, mask]) => ((unknown[index] ?? 0) & mask) !== 0)) return listed;
  const bucket = buckets.get(registers.map(([index, mask]) => ((values[index] ?? 0) & mask) >>> 0).join());
  return bucket === undefined ? [] : [bucket];
}

/** The numbers of the values that `set` allows the field, where they are fewer than the rules. */
function listedIn(set: FrameSet, field: number, { rules }: Bucket): readonly number[] | undefined {
  const values: ValueSet = current(set, field);
  return values.isListed && values.odd.length < rules.length ? values.odd : undefined;
}

/** Matches that leave over what none of the rules fits. */
function together({ field }: Shape, bucket: Bucket, asked: FrameSet): readonly CompiledMatch[] {
  const { rules, byValue } = bucket;
  const [first] = rules;
  if (first === undefined) return [];
  const isOne = field !== undefined && rules.length > 1 && !dependsOnUnknown(asked, first.match);
  if (!isOne) return rules.map(({ match }) => match);
  if (bucket.union === undefined) {
    const numbers = [...(byValue?.keys() ?? [])].sort((a, b) => a - b);
    bucket.union = first.match.fields.map(([, values]) => ({
      ...first.match,
      fields: [[field, values.withNumbers(numbers)]],
    }));
  }
  return bucket.union;
}

/** Those of `sets` that do not fit `match`. */
function restOf(sets: readonly FrameSet[], match: CompiledMatch): readonly FrameSet[] {
  const rest: FrameSet[] = [];
  for (const set of sets) for (const left of notMatching(set, match)) rest.push(left);
  return rest;
}

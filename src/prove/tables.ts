import { groupBy } from './group-by.ts';
import type { Flow } from '../openflow/flow.ts';
import { addAll } from './bits.ts';
import { dependsOnUnknown, type FrameSet } from './frame-set.ts';
import type { CompiledMatch, HeaderSpace } from './header-space.ts';

/** A flow with its match in terms of the header space. */
export interface Rule {
  readonly bridge: string;
  readonly flow: Flow;
  readonly match: CompiledMatch;
}

interface Table {
  readonly byPort: ReadonlyMap<number, readonly Rule[]>;
  readonly anyPort: readonly Rule[];
}

const NO_TABLE: Table = { byPort: new Map(), anyPort: [] };

/** The flow tables of one bridge. */
export class Tables {
  readonly #tables: ReadonlyMap<number, Table>;

  constructor(bridge: string, flows: readonly Flow[], space: HeaderSpace) {
    const byNumber = groupBy(flows, ({ table }) => table);
    this.#tables = new Map(
      Array.from(byNumber, ([number, inTable]) => {
        const rules = inTable
          .map((flow): Rule => ({ bridge, flow, match: space.compile(flow.match) }))
          .sort((a, b) => b.flow.priority - a.flow.priority);
        const anyPort = rules.filter(({ match }) => match.inPort === undefined);
        const byPort = new Map<number, Rule[]>();
        for (const rule of rules) {
          const { inPort } = rule.match;
          if (inPort === undefined) continue;
          const known = byPort.get(inPort);
          if (known === undefined) byPort.set(inPort, [rule]);
          else known.push(rule);
        }
        return [number, { byPort, anyPort }] as const;
      }),
    );
  }

  /** The rules of `table` that frames from `inPort` may meet: those of one priority at a time, the highest first. */
  *rulesFor(table: number, inPort: number): Generator<readonly Rule[]> {
    const { byPort, anyPort } = this.#tables.get(table) ?? NO_TABLE;
    const own = byPort.get(inPort) ?? [];
    let [left, right] = [0, 0];
    while (left < own.length || right < anyPort.length) {
      const priority = Math.max(own[left]?.flow.priority ?? -1, anyPort[right]?.flow.priority ?? -1);
      const group: Rule[] = [];
      for (let rule = own[left]; rule?.flow.priority === priority; rule = own[++left]) group.push(rule);
      for (let rule = anyPort[right]; rule?.flow.priority === priority; rule = anyPort[++right]) group.push(rule);
      yield group;
    }
  }
}

/**
 * Matches that leave over what none of `rules` fits, as few as possible: rules that look at one and the same field of the frame, as
 * those of a table by destination do, are one. The switch's own fields have to fit already.
 */
export function together(rules: readonly Rule[], frames: FrameSet): readonly CompiledMatch[] {
  const [first, ...others] = rules;
  const [field] = first?.match.fields ?? [];
  if (first === undefined || field === undefined || others.length === 0) return rules.map(({ match }) => match);
  const alike = rules.every(({ match }) => {
    const { fields, uncertain } = match;
    return !uncertain && !dependsOnUnknown(frames, match) && fields.length === 1 && fields[0]?.[0] === field[0];
  });
  if (!alike) return rules.map(({ match }) => match);
  const met = field[1].slice();
  for (const { match } of others) for (const [, bits] of match.fields) addAll(met, bits);
  return [{ ...first.match, fields: [[field[0], met]] }];
}

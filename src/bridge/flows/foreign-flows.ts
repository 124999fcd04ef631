import { ALARM_KINDS } from '../../alarm/alarm-codes.ts';
import { condition, type Condition } from '../../alarm/alarm.ts';
import type { Flow } from '../../openflow/flow.ts';
import { formatFlow } from '../../openflow/format-flow.ts';
import { overlap } from '../../openflow/match-overlap.ts';
import { tablesOf, type Layout } from '../../pipeline/layout.ts';
import { drops } from './flow-index.ts';

/** More than this many are counted, not listed. */
const LISTED = 5;

/**
 * Flows of others that get in the way of the pipeline: those in our own tables, and those in table 0 that see frames before a flow
 * of `ours` that would match them. Flows that only drop open nothing. The agent leaves them alone and tells the operator.
 */
export function foreignFlows(
  bridge: string,
  foreign: readonly Flow[],
  ours: Iterable<Flow>,
  layout: Layout,
): readonly Condition[] {
  // What is below all of ours in table 0 comes after them: the bridge's own NORMAL above all, and nobody has to look further for it.
  const suspects = foreign.filter(
    ({ table, priority }) => table !== layout.classify || priority >= layout.priorities.NESTED,
  );
  if (suspects.length === 0) return [];
  const classifying = new ByPort([...ours].filter(({ table }) => table === layout.classify));
  const tables = new Set(tablesOf(layout));
  const found = suspects.filter((flow) => {
    if (flow.table !== layout.classify) return tables.has(flow.table) && !classifying.isEmpty;
    return !drops(flow) && classifying.isBehind(flow);
  });
  const told = found.slice(0, LISTED).map((flow) => {
    const where =
      flow.table === layout.classify ? 'comes before the Private VLAN flows' : "is in one of the agent's tables";
    const about = formatFlow(flow);
    const remedy = `${ALARM_KINDS['foreign-flow'].remedy}: ${about}`;
    return condition('foreign-flow', { bridge, about }, `a foreign flow ${where}`, remedy);
  });
  if (found.length <= LISTED) return told;
  const more = `and ${found.length - LISTED} more such flows`;
  return [...told, condition('foreign-flow', { bridge, about: 'more' }, more)];
}

/** Flows by the port they match, since most name one and a port has few. */
class ByPort {
  readonly #ofAny: readonly Flow[];
  readonly #of = new Map<number, Flow[]>();
  readonly #all: readonly Flow[];

  constructor(flows: readonly Flow[]) {
    this.#all = flows;
    this.#ofAny = flows.filter(({ match }) => match.inPort === undefined);
    for (const flow of flows) {
      const { inPort } = flow.match;
      if (inPort === undefined) continue;
      const known = this.#of.get(inPort);
      if (known === undefined) this.#of.set(inPort, [flow]);
      else known.push(flow);
    }
  }

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  /** Whether a frame could meet `foreign` that would else meet one of these. */
  isBehind(foreign: Flow): boolean {
    const { inPort } = foreign.match;
    const candidates = inPort === undefined ? this.#all : [...(this.#of.get(inPort) ?? []), ...this.#ofAny];
    return candidates.some((flow) => flow.priority <= foreign.priority && overlap(flow.match, foreign.match));
  }
}

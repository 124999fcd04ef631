import { Dict } from '../../base/dict.ts';
import type { Flow } from '../../openflow/flow.ts';
import type { Chunk } from '../../pipeline/bridge-plan.ts';
import { keyOf, type FlowIndex } from './flow-index.ts';

type Parts = readonly Dict<string, Chunk>[];

/** The flows of chunks by place, and of how many chunks they are where it is more than one. A value. */
export interface FlowTable {
  readonly parts: Parts;
  readonly flows: FlowIndex;
  readonly shared: Dict<string, number>;
}

/** The flows in `parts` by place; of several in one place the last one counts. `last`, an earlier table, makes it cost the difference. */
export function flowTable(parts: Parts, last?: FlowTable): FlowTable {
  const before = last?.parts ?? [];
  const gone: Flow[] = [];
  const come: Flow[] = [];
  const none = Dict.empty<string, Chunk>();
  for (let index = 0; index < Math.max(parts.length, before.length); index += 1) {
    for (const chunk of Dict.differences(before[index] ?? none, parts[index] ?? none)) {
      gone.push(...lacking(chunk.before, chunk.after));
      come.push(...lacking(chunk.after, chunk.before));
    }
  }
  if (last === undefined) return fresh(parts, come);
  let { flows, shared } = last;
  const doubtful = new Set<string>();
  for (const flow of gone) {
    const place = keyOf(flow);
    const count = shared.get(place);
    if (count === undefined) flows = flows.without(place);
    else {
      shared = shared.put(place, count > 2 ? count - 1 : undefined);
      doubtful.add(place);
    }
  }
  for (const flow of come) {
    const place = keyOf(flow);
    if (!flows.has(place)) flows = flows.with(place, flow);
    else {
      shared = shared.with(place, (shared.get(place) ?? 1) + 1);
      doubtful.add(place);
    }
  }
  if (doubtful.size > 0) {
    const all = everyFlow(parts).filter((flow) => doubtful.has(keyOf(flow)));
    for (const flow of all) flows = flows.with(keyOf(flow), flow);
  }
  return { parts, flows, shared };
}

function fresh(parts: Parts, all: readonly Flow[]): FlowTable {
  const flows = new Map<string, Flow>();
  const shared = new Map<string, number>();
  for (const flow of all) {
    const place = keyOf(flow);
    if (flows.has(place)) shared.set(place, (shared.get(place) ?? 1) + 1);
    flows.set(place, flow);
  }
  return { parts, flows: Dict.of(flows), shared: Dict.of(shared) };
}

function everyFlow(parts: Parts): readonly Flow[] {
  return parts.flatMap((part) => [...part.values()].flat());
}

/** The flows of `chunk` that are not in `other`. */
function lacking(chunk: Chunk | undefined, other: Chunk | undefined): readonly Flow[] {
  if (chunk === undefined || other === undefined || other.length === 0) return chunk ?? [];
  const there = new Set(other);
  return chunk.filter((flow) => !there.has(flow));
}

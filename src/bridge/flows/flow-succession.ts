import type { Flow } from '../../openflow/flow.ts';
import { indexFlows, keyOf, type FlowIndex } from './flow-index.ts';

/** How one index came out of another. */
export interface Succession {
  readonly from: FlowIndex;
  readonly removed: readonly Flow[];
  readonly added: readonly Flow[];
}

/** So many flows in a row may differ before two lists are taken for different altogether. */
const WINDOW = 64;

const known = new WeakMap<FlowIndex, Succession>();

/** How `index` came out of the one before it, where that is known. */
export function successionOf(index: FlowIndex): Succession | undefined {
  return known.get(index);
}

/**
 * The index of the flows `now`, where `last` is that of the flows `before`. Flows that stay are the same objects, in the same order:
 * only what differs is looked at, and remembered for whoever compares the two.
 */
export function succeed(last: FlowIndex, before: readonly Flow[], now: readonly Flow[]): FlowIndex {
  // Only the latest index knows the one before it: else none of them would ever be forgotten.
  known.delete(last);
  const changes = last.size === before.length ? differing(before, now) : undefined;
  if (changes === undefined) return indexFlows(now);
  const index = new Map(last);
  for (const flow of changes.removed) index.delete(keyOf(flow));
  for (const flow of changes.added) index.set(keyOf(flow), flow);
  // Where two flows have one identity, what comes out depends on more than the changes.
  if (index.size !== now.length) return indexFlows(now);
  known.set(index, { from: last, ...changes });
  return index;
}

/** What it takes to make the list `now` of `before`; undefined where they have too little in common. */
function differing(
  before: readonly Flow[],
  now: readonly Flow[],
): { readonly removed: readonly Flow[]; readonly added: readonly Flow[] } | undefined {
  const removed: Flow[] = [];
  const added: Flow[] = [];
  let old = 0;
  let young = 0;
  while (old < before.length || young < now.length) {
    if (old < before.length && before[old] === now[young]) {
      old += 1;
      young += 1;
      continue;
    }
    const gap = nextCommon(before, old, now, young);
    if (gap === undefined) return undefined;
    removed.push(...before.slice(old, old + gap.removed));
    added.push(...now.slice(young, young + gap.added));
    old += gap.removed;
    young += gap.added;
  }
  return { removed, added };
}

/** How much has to be passed over in both lists until they agree again, or end. */
function nextCommon(
  before: readonly Flow[],
  old: number,
  now: readonly Flow[],
  young: number,
): { readonly removed: number; readonly added: number } | undefined {
  for (let sum = 1; sum <= WINDOW; sum += 1) {
    for (let removed = 0; removed <= sum; removed += 1) {
      const added = sum - removed;
      if (old + removed > before.length || young + added > now.length) continue;
      const isEnd = old + removed === before.length && young + added === now.length;
      if (isEnd || (old + removed < before.length && before[old + removed] === now[young + added])) {
        return { removed, added };
      }
    }
  }
  return undefined;
}

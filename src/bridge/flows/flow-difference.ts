import type { Flow, FlowMod } from '../../openflow/flow.ts';
import { COOKIE_MASK } from '../../pipeline/cookie.ts';
import { keyOf, sameBehaviour, sameBody, type FlowIndex } from './flow-index.ts';
import { successionOf } from './flow-succession.ts';

/** A flow of others in the place (table, priority and match) of one that is wanted, which does something else. */
export interface Conflict {
  readonly wanted: Flow;
  readonly foreign: Flow;
}

export interface FlowDifference {
  readonly mods: readonly FlowMod[];
  /** Wanted flows that cannot be had without taking a flow of others away. */
  readonly conflicts: readonly Conflict[];
  /** Places of wanted flows in which others have one, whatever it does. */
  readonly held: readonly string[];
}

/**
 * The changes that turn `installed` into `wanted`, in an order that suits one atomic bundle. `add` replaces a flow of the
 * same identity, whoever owns it, so none is added where `foreign` has one; where that one does the same, nothing is missing.
 * Deletes are strict and demand our cookie, so a foreign flow that took the place stays.
 */
export function flowDifference(
  installed: FlowIndex,
  wanted: FlowIndex,
  foreign: (key: string) => Flow | undefined = () => undefined,
): FlowDifference {
  const mods: FlowMod[] = [];
  const conflicts: Conflict[] = [];
  const held: string[] = [];
  // Where it is known how the one came out of the other, nothing else has to be looked at.
  const succession = successionOf(wanted);
  const isNext = succession?.from === installed;
  for (const flow of isNext ? succession.removed : installed.values()) {
    if (!wanted.has(keyOf(flow))) mods.push({ command: 'deleteStrict', flow, cookieMask: COOKIE_MASK });
  }
  for (const flow of isNext ? succession.added : wanted.values()) {
    const key = keyOf(flow);
    const present = installed.get(key);
    if (present !== undefined && sameBody(present, flow)) continue;
    const other = present === undefined ? foreign(key) : undefined;
    if (other === undefined) {
      mods.push({ command: 'add', flow });
      continue;
    }
    held.push(key);
    if (!sameBehaviour(other, flow)) conflicts.push({ wanted: flow, foreign: other });
  }
  return { mods, conflicts, held };
}

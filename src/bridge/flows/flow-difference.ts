import { Dict } from '../../base/dict.ts';
import type { Flow, FlowMod } from '../../openflow/flow.ts';
import { COOKIE_MASK } from '../../pipeline/cookie.ts';
import { keyOf, sameBehaviour, sameBody, type FlowIndex } from './flow-index.ts';

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
  const added: Flow[] = [];
  for (const { before, after } of Dict.differences(installed, wanted)) {
    if (before !== undefined && after === undefined) {
      mods.push({ command: 'deleteStrict', flow: before, cookieMask: COOKIE_MASK });
    }
    if (after !== undefined && (before === undefined || !sameBody(before, after))) added.push(after);
  }
  for (const flow of added) {
    const key = keyOf(flow);
    const other = installed.has(key) ? undefined : foreign(key);
    if (other === undefined) {
      mods.push({ command: 'add', flow });
      continue;
    }
    held.push(key);
    if (!sameBehaviour(other, flow)) conflicts.push({ wanted: flow, foreign: other });
  }
  return { mods, conflicts, held };
}

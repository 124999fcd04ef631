import type { FlowMod } from '../openflow/flow.ts';
import { COOKIE_MASK } from '../pipeline/cookie.ts';
import { sameBody, type FlowIndex } from './flow-index.ts';

/**
 * The changes that turn `installed` into `wanted`, in an order that suits one atomic bundle. `add` replaces a flow of the
 * same identity; deletes are strict and demand our cookie, so a foreign flow that took the place stays.
 */
export function flowDifference(installed: FlowIndex, wanted: FlowIndex): readonly FlowMod[] {
  const mods: FlowMod[] = [];
  for (const [key, flow] of installed) {
    if (!wanted.has(key)) mods.push({ command: 'deleteStrict', flow, cookieMask: COOKIE_MASK });
  }
  for (const [key, flow] of wanted) {
    const present = installed.get(key);
    if (present === undefined || !sameBody(present, flow)) mods.push({ command: 'add', flow });
  }
  return mods;
}

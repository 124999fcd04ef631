import { NotUnderstoodError } from './errors.ts';

/** One datapath action as text: `name`, or `name(body)` with balanced parentheses. */
export interface NamedAction {
  readonly name: string;
  /** Undefined where there are no parentheses. */
  readonly body: string | undefined;
}

/**
 * Splits a list of datapath actions at the commas that no parenthesis encloses (OVS `lib/odp-util.c`, format_odp_actions).
 * @throws NotUnderstoodError on unbalanced parentheses and empty members
 */
export function splitActions(text: string): readonly NamedAction[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
    if (depth < 0) break;
  }
  if (depth !== 0) throw new NotUnderstoodError('the parentheses of datapath actions do not match', text);
  parts.push(text.slice(start));
  return parts.map(namedAction);
}

function namedAction(text: string): NamedAction {
  const parts = /^([a-z0-9_]+)(?:\((.*)\))?$/s.exec(text);
  if (parts?.[1] === undefined) throw new NotUnderstoodError('a datapath action is not understood', text);
  return { name: parts[1], body: parts[2] };
}

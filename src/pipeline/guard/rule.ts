import type { Flow } from '../../openflow/flow.ts';
import type { Match } from '../../openflow/match.ts';
import { BRIDGE_COOKIE } from '../cookie.ts';

/** One sentence of a guard: frames like `match` pass to the next table, or are dropped. */
export interface Rule {
  readonly priority: number;
  readonly match: Match;
  readonly passes: boolean;
}

export function pass(priority: number, match: Match): Rule {
  return { priority, match, passes: true };
}

export function drop(priority: number, match: Match): Rule {
  return { priority, match, passes: false };
}

/** `rules` as flows of `table`, whose next table is `next`. */
export function ruleFlows(
  rules: readonly Rule[],
  table: number,
  next: number,
  cookie: bigint = BRIDGE_COOKIE,
): readonly Flow[] {
  return rules.map(({ priority, match, passes }) => ({
    table,
    priority,
    cookie,
    match,
    actions: [],
    ...(passes ? { gotoTable: next } : {}),
  }));
}

import type { Flow } from '../../openflow/flow.ts';
import type { Match } from '../../openflow/match.ts';
import type { Cause } from '../cause.ts';
import { BRIDGE_COOKIE } from '../cookie.ts';
import type { Layout } from '../layout.ts';
import { remember } from '../registers.ts';

/** One sentence of a guard: frames like `match` pass to the next table, or are refused for a cause. */
export interface Rule {
  readonly priority: number;
  readonly match: Match;
  /** Absent: they pass. */
  readonly refusedFor?: Cause;
}

export function pass(priority: number, match: Match): Rule {
  return { priority, match };
}

export function drop(priority: number, refusedFor: Cause, match: Match): Rule {
  return { priority, match, refusedFor };
}

/** `rules` as flows of `table`, whose next table is `next`; what is refused ends in the table that counts it. */
export function ruleFlows(
  layout: Layout,
  rules: readonly Rule[],
  table: number,
  next: number,
  cookie: bigint = BRIDGE_COOKIE,
): readonly Flow[] {
  return rules.map(({ priority, match, refusedFor }) => ({
    table,
    priority,
    cookie,
    match,
    ...(refusedFor === undefined ? { actions: [], gotoTable: next } : refusal(refusedFor, layout)),
  }));
}

/** What becomes of a frame that is refused for `cause`. */
export function refusal(cause: Cause, layout: Layout): Pick<Flow, 'actions' | 'gotoTable'> {
  return { actions: remember({ cause }), gotoTable: layout.refused };
}

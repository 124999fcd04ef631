import type { Report } from './report/report.ts';

/** How much is done of everything. */
export interface Effort {
  readonly births: number;
  /** Restarts and the like, each of which takes seconds with many ports. */
  readonly repeats: number;
  /** How long an idle agent is watched. */
  readonly seconds: number;
  /** Megabytes of JSON, and thousands of flows, that the codecs are given. */
  readonly bulk: number;
}

export const FULL: Effort = { births: 60, repeats: 5, seconds: 20, bulk: 20 };
/** Enough to see that a benchmark works; its figures say little. */
export const BRIEF: Effort = { births: 3, repeats: 1, seconds: 0.2, bulk: 1 };

/** What a benchmark is given. */
export interface Task {
  /** Guests' ports on the bridge; of no meaning to those that have none. */
  readonly ports: number;
  readonly effort: Effort;
  /** The program as it is installed. */
  readonly bundle: string;
  readonly report: Report;
  readonly progress: (what: string) => void;
}

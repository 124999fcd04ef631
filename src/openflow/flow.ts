import type { Action } from './action.ts';
import type { Match } from './match.ts';

/** A flow entry: `match` decides which frames, `actions` then `gotoTable` what becomes of them. */
export interface Flow {
  /** 0 to 254. */
  readonly table: number;
  /** 0 to 65535, higher wins. */
  readonly priority: number;
  /** 64 bits, opaque to the switch. */
  readonly cookie: bigint;
  readonly match: Match;
  readonly actions: readonly Action[];
  /** Instruction GOTO_TABLE: the higher-numbered table that goes on with the frame. */
  readonly gotoTable?: number;
  /** Instructions this library has no name for, as hex: read back, compared, never written by us. */
  readonly unknownInstructions?: readonly string[];
}

/** A change to a flow table. `delete` is strict: it names one flow by table, priority and match, and our cookie. */
export type FlowMod =
  | { readonly command: 'add'; readonly flow: Flow }
  | { readonly command: 'deleteStrict'; readonly flow: Flow; readonly cookieMask: bigint };

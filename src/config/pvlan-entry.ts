import type { Guards } from '../pvlan/policy.ts';

/** An entry of `pvlans` as the file has it, checked by the schema. */
export interface PvlanEntry {
  readonly primary: number;
  readonly promiscuousMacs?: readonly string[];
  readonly isolated?: number;
  readonly communities?: Readonly<Record<string, number>>;
  readonly guards?: Partial<Guards>;
}

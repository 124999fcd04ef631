import { Dict } from '../../src/base/dict.ts';
import type { Flow } from '../../src/openflow/flow.ts';
import type { PrimaryPlan } from '../../src/pipeline/bridge-plan.ts';
import { compile, flowsOf } from '../../src/pipeline/compile.ts';
import type { Layout } from '../../src/pipeline/layout.ts';
import type { NormalSource } from '../../src/pipeline/normal-source.ts';
import type { Verdict } from '../../src/pvlan/verdict.ts';

/** A bridge whose ports are in a list. */
export interface ListedPlan {
  readonly verdicts: readonly Verdict[];
  readonly primaries: readonly PrimaryPlan[];
  /** Those that may be open. */
  readonly settled: ReadonlySet<Verdict>;
  readonly normalSource: NormalSource;
}

/** The flows of a bridge, worked out from nothing. */
export function compiled({ verdicts, settled, ...plan }: ListedPlan, layout: Layout): readonly Flow[] {
  const keyed = verdicts.map((verdict, index) => [String(index).padStart(6, '0'), verdict] as const);
  const closed = Dict.of(keyed.filter(([, verdict]) => !settled.has(verdict)));
  return flowsOf(compile({ ...plan, verdicts: Dict.of(keyed), closed, bare: Dict.empty() }, layout));
}

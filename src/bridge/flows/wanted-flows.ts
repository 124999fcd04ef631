import type { Dict } from '../../base/dict.ts';
import type { DesiredBridge } from '../../desire/desired-bridge.ts';
import { compile, type Compiled } from '../../pipeline/compile.ts';
import type { Layout } from '../../pipeline/layout.ts';
import type { NormalSource } from '../../pipeline/normal-source.ts';
import { flowTable, type FlowTable } from './flow-table.ts';

/** The flows that are wanted on a bridge, and what they were worked out by: a value, to be handed in again. */
export interface WantedFlows extends FlowTable {
  readonly compiled: Compiled;
}

/** What wanted flows depend on; ports by the UUID of their Port row. */
export interface FlowDemand {
  readonly desired: DesiredBridge;
  /** Ports that stay closed for now. */
  readonly closed: Dict<string, unknown>;
  /** Ports that are to have no flow of their own at all. */
  readonly bare: Dict<string, unknown>;
  readonly normalSource: NormalSource;
}

/** The flows for `demand`. `last`, those of an earlier one, makes it cost what has changed and changes nothing of what comes out. */
export function wantedFlows(
  { desired, closed, bare, normalSource }: FlowDemand,
  layout: Layout,
  last?: WantedFlows,
): WantedFlows {
  const { verdicts, primaries } = desired;
  const compiled = compile({ verdicts, closed, bare, primaries, normalSource }, layout, last?.compiled);
  return { ...flowTable(compiled.parts, last), compiled };
}

import { Dict } from '../../base/dict.ts';
import type { DesiredBridge, JudgedPort } from '../../desire/desired-bridge.ts';
import type { Flow } from '../../openflow/flow.ts';
import type { BridgePlan } from '../../pipeline/bridge-plan.ts';
import { compile, type Compiled } from '../../pipeline/compile.ts';
import type { Layout } from '../../pipeline/layout.ts';
import type { NormalSource } from '../../pipeline/normal-source.ts';
import { flowTable, type FlowTable } from './flow-table.ts';
import type { FlowIndex } from './flow-index.ts';

/** The flows for what is desired, given which endpoints' VLAN settings are in force. */
export function wantedFlows(
  desired: DesiredBridge,
  settled: (judged: JudgedPort) => boolean,
  layout: Layout,
  normalSource: NormalSource,
): readonly Flow[] {
  const { parts } = compile(planOf(desired, settled, normalSource), layout);
  return [...flowTable(parts).flows.values()];
}

/** Works out the flows for one desired state after another, and only what has changed from one to the next. */
export class WantedFlows {
  readonly #layout: Layout;
  #last: (FlowTable & { readonly compiled: Compiled }) | undefined;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /**
   * The flows for `desired` with the endpoints in `settled` open, but for those that serve a port whose number is in `bare`; the same
   * object as last time for the same question.
   */
  of(
    desired: DesiredBridge,
    settled: ReadonlySet<JudgedPort>,
    source: NormalSource,
    bare: ReadonlySet<number> = new Set(),
  ): FlowIndex {
    const plan = planOf(desired, (judged) => settled.has(judged), source, bare);
    const compiled = compile(plan, this.#layout, this.#last?.compiled);
    this.#last = { ...flowTable(compiled.parts, this.#last), compiled };
    return this.#last.flows;
  }
}

function planOf(
  { ports, primaries }: DesiredBridge,
  settled: (judged: JudgedPort) => boolean,
  normalSource: NormalSource,
  bare: ReadonlySet<number> = new Set(),
): BridgePlan {
  const keyed = <V>(judged: readonly JudgedPort[], value: (one: JudgedPort) => V): Dict<string, V> =>
    Dict.of(judged.map((one) => [one.port.row._uuid, value(one)] as const));
  return {
    verdicts: keyed(ports, ({ verdict }) => verdict),
    closed: keyed(
      ports.filter((judged) => !settled(judged)),
      () => true,
    ),
    bare: keyed(
      ports.filter(({ port }) => port.ofports.some((ofport) => bare.has(ofport))),
      () => true,
    ),
    primaries,
    normalSource,
  };
}

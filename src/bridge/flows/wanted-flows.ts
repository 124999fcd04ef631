import type { Flow } from '../../openflow/flow.ts';
import { compile } from '../../pipeline/compile.ts';
import { portOf } from '../../pipeline/cookie.ts';
import { FlowMemo } from '../../pipeline/flow-memo.ts';
import type { Layout } from '../../pipeline/layout.ts';
import type { NormalSource } from '../../pipeline/normal-source.ts';
import { indexFlows, type FlowIndex } from './flow-index.ts';
import { succeed } from './flow-succession.ts';
import type { DesiredBridge, JudgedPort } from '../../desire/desired-bridge.ts';

/** The flows for a desired bridge, given which endpoints' VLAN settings are in force. */
export function wantedFlows(
  desired: DesiredBridge,
  settled: (judged: JudgedPort) => boolean,
  layout: Layout,
  normalSource: NormalSource,
  memo = new FlowMemo(),
): readonly Flow[] {
  const verdicts = desired.ports.map((judged) => judged.verdict);
  const inForce = new Set(desired.ports.filter(settled).map((judged) => judged.verdict));
  return compile({ verdicts, primaries: desired.primaries, settled: inForce, normalSource }, layout, memo);
}

const NONE: ReadonlySet<number> = new Set();

interface Last {
  readonly desired: DesiredBridge;
  readonly settled: ReadonlySet<JudgedPort>;
  readonly bare: ReadonlySet<number>;
  readonly source: NormalSource;
  readonly list: readonly Flow[];
  readonly flows: FlowIndex;
}

/** Works out the flows for one desired bridge after another, and only what has changed from one to the next. */
export class WantedFlows {
  readonly #layout: Layout;
  #memo = new FlowMemo();
  #last: Last | undefined;

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
    bare: ReadonlySet<number> = NONE,
  ): FlowIndex {
    const last = this.#last;
    if (
      last?.desired === desired &&
      last.source === source &&
      sameMembers(last.settled, settled) &&
      sameMembers(last.bare, bare)
    )
      return last.flows;
    // Remembered flows hand frames to NORMAL as the source of then.
    if (last !== undefined && last.source !== source) this.#memo = new FlowMemo();
    const all = wantedFlows(desired, (judged) => settled.has(judged), this.#layout, source, this.#memo);
    const list = bare.size === 0 ? all : all.filter(({ cookie }) => !bare.has(portOf(cookie) ?? 0));
    const flows = last === undefined ? indexFlows(list) : succeed(last.flows, last.list, list);
    this.#last = { desired, settled: new Set(settled), bare, source, list, flows };
    return flows;
  }
}

function sameMembers<T>(left: ReadonlySet<T>, right: ReadonlySet<T>): boolean {
  if (left.size !== right.size) return false;
  for (const one of left) if (!right.has(one)) return false;
  return true;
}

import type { DesiredBridge } from '../../desire/desired-bridge.ts';
import type { Flow } from '../../openflow/flow.ts';
import type { Layout } from '../../pipeline/layout.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { keyOf, type FlowIndex } from '../flows/flow-index.ts';
import { NO_MEMORY } from './memory.ts';
import type { Observed } from './observed.ts';
import { acknowledged } from './outcomes.ts';

/** The flows of a bridge as they were read, by place. */
export interface FoundFlows {
  readonly flows: FlowIndex;
  readonly foreign: ReadonlyMap<string, Flow>;
  /** The release of Open vSwitch, in its own words. */
  readonly software: string;
}

/** What the agent comes to on a bridge, if nothing is refused and nobody else does anything. */
export interface Foreseen {
  /** What becomes of the flows. */
  readonly flows: Decision;
  /** What becomes of the rows, once those flows are acknowledged. */
  readonly rows: Decision;
  /** The bridge as it is then. */
  readonly observed: Observed;
}

/** Decides as the agent would, once ovs-vswitchd has confirmed every VLAN setting that is wanted. Pure. */
export function foresee(layout: Layout, desired: DesiredBridge, found: FoundFlows): Foreseen {
  const observed: Observed = {
    connection: { kind: 'up', software: found.software },
    generation: NO_MEMORY.generation,
    isStale: false,
    isUndisturbed: false,
    settings: 'assumed',
    isBusyWithFlows: false,
    isBusyWithRows: false,
    flows: found.flows,
    foreign: found.foreign,
  };
  const flows = decide(layout, desired, observed, NO_MEMORY, 0);
  const after = { ...observed, flows: applied(found.flows, flows.mods) };
  const rows = decide(layout, desired, after, acknowledged(flows.memory, flows), 0);
  return { flows, rows, observed: after };
}

/** `flows` after `mods`. */
export function applied(flows: FlowIndex, mods: Decision['mods']): FlowIndex {
  return mods.reduce((after, { command, flow }) => after.put(keyOf(flow), command === 'add' ? flow : undefined), flows);
}

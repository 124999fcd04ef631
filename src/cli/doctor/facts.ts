import type { UnlistedSender } from '../../bridge/drops/unlisted.ts';
import type { Config } from '../../config/config.ts';
import type { AgentStatus } from '../../control/status.ts';
import type { DesiredBridge } from '../../desire/desired-bridge.ts';
import type { HostNetworks } from '../../libvirt/host-network.ts';
import type { Flow } from '../../openflow/flow.ts';
import type { Condition } from '../../alarm/alarm.ts';

/** What could be found out, or why it could not, and what to do about that. */
export type Found<T> = { readonly value: T } | { readonly problem: string; readonly remedy: string };

/** A bridge as it is asked over OpenFlow. */
export interface OpenFlowFacts {
  readonly software: string;
  readonly ours: readonly Flow[];
  /** Flows of others in the agent's tables. */
  readonly foreign: readonly Flow[];
}

/** What OVSDB and libvirt say of the ports. */
export interface DatabaseFacts {
  readonly bridges: readonly DesiredBridge[];
  /** Settings by which isolation is weaker than it looks. */
  readonly conditions: readonly Condition[];
}

/** All that the checks look at. */
export interface HostFacts {
  readonly config: Config;
  readonly node: string;
  readonly database: Found<DatabaseFacts>;
  /** By bridge; none where OVSDB is not there. */
  readonly openflow: ReadonlyMap<string, Found<OpenFlowFacts>>;
  readonly networks: Found<HostNetworks> | 'none';
  readonly agent: Found<AgentStatus>;
  readonly unlisted: readonly UnlistedSender[] | undefined;
}

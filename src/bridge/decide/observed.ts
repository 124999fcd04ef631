import type { Flow } from '../../openflow/flow.ts';
import type { FlowIndex } from '../flows/flow-index.ts';
import type { PortConfigs } from './decide-locks.ts';
import type { SettingsSeen } from '../rows/settings-in-force.ts';

/** How the connection to a bridge stands. */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  /** `software` is the release of Open vSwitch, in its own words. */
  | { readonly kind: 'up'; readonly software: string }
  | { readonly kind: 'down'; readonly error: Error };

/** The flows of a bridge as far as they are known. */
export interface ObservedFlows {
  readonly connection: ConnectionState;
  /** Another number says that another connection was made. */
  readonly generation: number;
  /** Ours have to be read before it is known what there is. */
  readonly isStale: boolean;
  /** Nobody else has changed ours, as far as is known, since they were brought to what was wanted. */
  readonly isUndisturbed: boolean;
  /** Ours, by place (table, priority and match). */
  readonly flows: FlowIndex;
  /** Those of others in the tables that the agent uses, by place. */
  readonly foreign: ReadonlyMap<string, Flow>;
}

/** What of a bridge a decision depends on, besides what it is to become. */
export interface Observed extends ObservedFlows {
  /** The VLAN settings that ovs-vswitchd has put in force; `assumed`: all that are wanted. */
  readonly settings: SettingsSeen | 'assumed';
  /** Absent where ports are not configured over OpenFlow at all. */
  readonly portConfigs?: PortConfigs;
  /** A bundle or a read is under way: nothing else can be asked of the flows. */
  readonly isBusyWithFlows: boolean;
  /** Rows are being written. */
  readonly isBusyWithRows: boolean;
}

import type { Alarm } from '../alarm/alarm.ts';
import type { DropReport } from './drops.ts';
import type { BridgeStatus } from '../bridge/report/status.ts';

/** Names the shape of the status; `schemas/status.schema.json` describes it. */
export const STATUS_FORMAT = 'pvlan-agent/status/1';

/** The agent's own account of itself, as `status` prints it and the control socket serves it. What is absent is not known. */
export interface AgentStatus {
  readonly format: typeof STATUS_FORMAT;
  readonly version: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly database: { readonly connected: boolean; readonly detail: string };
  /** `standby`: another agent holds the lock. */
  readonly mode: 'active' | 'standby';
  readonly bridges: readonly BridgeStatus[];
  /** What needs the operator. */
  readonly alarms: readonly Alarm[];
  /** What could be better, though nothing is wrong. */
  readonly advice: readonly Alarm[];
  /** What was dropped, as of the last look at the counters; `dropsOfPort` and `dropsOfPvlan` (drops.ts) make it a column. */
  readonly drops?: DropReport;
  /** The agent is at work and nothing is left to do. */
  readonly settled: boolean;
}

/** What is known of a host without an agent: by the switch, its database and libvirt. */
export interface UnattendedStatus extends Pick<
  AgentStatus,
  'format' | 'version' | 'database' | 'bridges' | 'alarms' | 'advice'
> {
  readonly mode: 'stopped';
}

export type HostStatus = AgentStatus | UnattendedStatus;

/** Whether everything is as it should be: the exit code of `status` and the container's health check. */
export function isHealthy(status: AgentStatus): boolean {
  return (
    status.database.connected &&
    status.alarms.length === 0 &&
    (status.mode === 'standby' || status.bridges.every((bridge) => bridge.openflow === 'up'))
  );
}

import { isAdvice, type Alarm } from '../alarm/alarm.ts';
import { naturalOrder } from '../base/natural-order.ts';
import type { BridgeStatus } from '../bridge/report/status.ts';
import type { DropReport } from '../control/drops.ts';
import { STATUS_FORMAT, type AgentStatus } from '../control/status.ts';
import type { VswitchDatabase } from '../vswitch/database.ts';

/** What the status of an agent is made of. */
export interface StatusFacts {
  readonly version: string;
  readonly startedAt: Date;
  readonly database: VswitchDatabase['state'];
  /** It holds the lock and has synced. */
  readonly isActive: boolean;
  readonly bridges: readonly BridgeStatus[];
  readonly alarms: readonly Alarm[];
  readonly drops: DropReport;
  readonly isSettled: boolean;
}

/** The status of this process, in the order in which people look for things. */
export function agentStatus(facts: StatusFacts): AgentStatus {
  const { database } = facts;
  const alarms = facts.alarms.toSorted(inOrder);
  return {
    format: STATUS_FORMAT,
    version: facts.version,
    pid: process.pid,
    startedAt: facts.startedAt.toISOString(),
    database: { connected: database.kind === 'synced', detail: describeState(database) },
    mode: facts.isActive ? 'active' : 'standby',
    bridges: facts.bridges.toSorted((a, b) => naturalOrder(a.name, b.name)),
    alarms: alarms.filter((alarm) => !isAdvice(alarm)),
    advice: alarms.filter(isAdvice),
    drops: facts.drops,
    settled: facts.isSettled,
  };
}

/** Alarms of the host come first, then those of each bridge, then those of each of its ports. */
function inOrder(a: Alarm, b: Alarm): number {
  return naturalOrder(a.bridge ?? '', b.bridge ?? '') || naturalOrder(a.port ?? '', b.port ?? '');
}

function describeState(state: VswitchDatabase['state']): string {
  switch (state.kind) {
    case 'disconnected':
      return state.error.message;
    case 'closed':
      return 'closed';
    case 'connecting':
      return `connecting ${state.remote}`;
    default:
      return `${state.kind} ${state.remote}${state.answering ? '' : ', which does not answer at present'}`;
  }
}

import type { VlanId } from '../pvlan/vlan-id.ts';
import type { Difference } from './difference.ts';
import type { Station } from './station.ts';

/** One Private VLAN of one bridge, verified. */
export interface GroupReport {
  readonly bridge: string;
  readonly primary: VlanId | undefined;
  readonly stations: readonly Station[];
  readonly differences: readonly Difference[];
  /** How many times ovs-vswitchd was asked. */
  readonly traces: number;
}

export interface VerifyReport {
  readonly groups: readonly GroupReport[];
  readonly milliseconds: number;
}

export function isAsWanted(report: VerifyReport): boolean {
  return report.groups.every((group) => group.differences.length === 0);
}

import { join } from 'node:path';

/** The management socket ovs-vswitchd opens for each bridge: `<rundir>/<bridge>.mgmt` (ovs-vswitchd(8)). */
export function openFlowRemote(folder: string, bridge: string): string {
  return `unix:${join(folder, `${bridge}.mgmt`)}`;
}

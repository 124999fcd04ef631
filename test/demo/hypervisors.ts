import { BUNDLE } from './agent-process.ts';
import type { AgentProcess } from './agent-process.ts';

/** Kills the agents and leaves their hypervisors with what a bare restart of ovs-vswitchd leaves: one flow, NORMAL. */
export async function bareHosts(agents: readonly AgentProcess[]): Promise<void> {
  for (const agent of agents) await agent.kill();
  for (const { host } of agents) {
    await host.ofctl('del-flows', 'br0');
    // Without a priority the flow would get 32768, and come before everything the agent installs later.
    await host.ofctl('add-flow', 'br0', 'priority=0,actions=NORMAL');
  }
}

/** Commands by which a visitor looks at an agent's hypervisor. */
export function hintsFor({ host, configFile, controlSocket }: AgentProcess): string[] {
  return [
    `hypervisor ${host.name}`,
    `  ip netns exec ${host.netns.name} ip address`,
    `  ovs-vsctl --db=unix:${host.dbSocket} show`,
    `  OVS_RUNDIR=${host.rundir} ovs-ofctl -O OpenFlow14 dump-flows br0`,
    `  node ${BUNDLE} status --control ${controlSocket}`,
    `  node ${BUNDLE} plan --config ${configFile}`,
    `  less ${host.folder}/log/pvlan-agent.log`,
  ];
}

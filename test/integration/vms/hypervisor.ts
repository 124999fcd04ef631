import { Guest } from '../../lab/guest.ts';
import type { GuestOptions } from '../../lab/guest.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { networkXml } from '../../lab/libvirt-xml.ts';
import type { Portgroup } from '../../lab/libvirt-xml.ts';
import { AgentOn } from '../../support/agent-on.ts';

/** The only network of these tests. */
export const NETWORK = 'ovs';

/** Portgroups without a `profileid`: only libvirt's own files tell the agent which one a NIC is in. */
export const PORTGROUPS: readonly Portgroup[] = [
  { name: 'isolated-2102' },
  { name: 'community-2102-blue' },
  { name: 'plain' },
  { name: 'router', tag: 2102 },
];

/** One hypervisor with libvirt and the agent. */
export class Hypervisor {
  readonly lab: Lab;
  readonly host: Host;
  agent: AgentOn;

  private constructor(lab: Lab, host: Host, agent: AgentOn) {
    this.lab = lab;
    this.host = host;
    this.agent = agent;
  }

  static async start(portgroups: readonly Portgroup[] = PORTGROUPS): Promise<Hypervisor> {
    const lab = await Lab.create();
    try {
      const host = await lab.host('a');
      await host.addBridge('br0');
      const libvirt = await host.startLibvirt();
      await libvirt.defineNetwork(networkXml(NETWORK, { portgroups }));
      return new Hypervisor(lab, host, await AgentOn.start(host, { libvirt: 'host' }));
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  guest(options: GuestOptions): Guest {
    return new Guest(this.host, options);
  }

  async startAgent(): Promise<void> {
    this.agent = await AgentOn.start(this.host, { libvirt: 'host' });
  }

  /** Ends this agent and starts the next. */
  async restartAgent(): Promise<void> {
    await this.agent.stop();
    await this.startAgent();
  }

  async close(): Promise<void> {
    await this.agent.stop();
    await this.lab.close();
  }
}

import { macAddress } from '../../src/pvlan/mac.ts';
import type { PrivateVlan } from '../../src/pvlan/policy.ts';
import { PVLAN_2102 } from '../support/duo.ts';
import type { Endpoint } from '../lab/endpoint.ts';
import type { Mac } from '../lab/ethernet.ts';
import { Guest } from '../lab/guest.ts';
import type { GuestOptions } from '../lab/guest.ts';
import type { Host } from '../lab/host.ts';
import { Lab } from '../lab/lab.ts';
import { networkXml } from '../lab/libvirt-xml.ts';
import type { PlugOptions } from '../lab/port.ts';
import type { Upstream } from '../lab/upstream.ts';
import { AgentOn } from '../support/agent-on.ts';
import { installHook, runHook } from './hook-baseline.ts';

/** What stands between guests: this agent, the hook script it replaces, or nothing. */
export type Protection = 'agent' | 'hook' | 'none';

export const NETWORK = 'ovs';
export const PRIMARY = 2102;
export const ISOLATED = `isolated-${PRIMARY}`;
/** The isolated portgroup as the agent recommends it: its ports are closed from the transaction that creates them. */
export const BORN_PARKED = 'born-parked';

export interface SceneOptions {
  readonly protection: Protection;
  readonly hosts?: readonly string[];
  /** Of routers, wherever they are. */
  readonly promiscuousMacs: readonly Mac[];
}

/** Hypervisors under one physical switch, protected in the way to be measured. */
export class Scene {
  readonly lab: Lab;
  readonly hosts: readonly Host[];
  readonly upstream: Upstream;
  readonly protection: Protection;
  readonly #pvlans: readonly PrivateVlan[];
  readonly #agents = new Map<Host, AgentOn>();

  private constructor(lab: Lab, hosts: readonly Host[], upstream: Upstream, options: SceneOptions) {
    this.lab = lab;
    this.hosts = hosts;
    this.upstream = upstream;
    this.protection = options.protection;
    const promiscuousMacs = options.promiscuousMacs.flatMap((mac) => macAddress(mac) ?? []);
    this.#pvlans = [{ ...PVLAN_2102, promiscuousMacs }];
  }

  static async create(options: SceneOptions): Promise<Scene> {
    const lab = await Lab.create();
    try {
      const hosts: Host[] = [];
      for (const name of options.hosts ?? ['a']) hosts.push(await lab.host(name));
      const scene = new Scene(lab, hosts, await lab.upstream(hosts), options);
      const plain = options.protection === 'none';
      const portgroups = [
        { name: ISOLATED, ...(plain ? { tag: PRIMARY } : {}) },
        { name: BORN_PARKED, ...(plain ? { tag: PRIMARY } : { bornParked: true, profileId: ISOLATED }) },
        { name: 'router', tag: PRIMARY },
        { name: 'plain' },
      ];
      for (const host of hosts) {
        const libvirt = await host.startLibvirt();
        await libvirt.defineNetwork(networkXml(NETWORK, { portgroups }));
        if (options.protection === 'hook') await installHook(host);
        if (options.protection === 'agent') await scene.startAgent(host);
      }
      return scene;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** The only host, or the one that guests start on. */
  get host(): Host {
    const [host] = this.hosts;
    if (host === undefined) throw new Error('the scene has no host');
    return host;
  }

  guest(options: GuestOptions): Guest {
    return new Guest(this.host, options);
  }

  /** An isolated neighbour on `host`, protected as guests are. */
  async isolated(host: Host, options: Pick<PlugOptions, 'name' | 'mac'>): Promise<Endpoint> {
    if (this.protection === 'none') return host.plug({ ...options, tag: PRIMARY });
    const endpoint = await host.plug({ ...options, portProfile: ISOLATED });
    if (this.protection === 'hook') await runHook(host, { ...options, portgroup: ISOLATED });
    else await host.vsctl('wait-until', 'Interface', options.name, 'external_ids:pvlan-installed=true');
    return endpoint;
  }

  async startAgent(host: Host): Promise<void> {
    this.#agents.set(host, await AgentOn.start(host, { libvirt: 'host', config: { pvlans: this.#pvlans } }));
  }

  async stopAgent(host: Host): Promise<void> {
    await this.#agents.get(host)?.stop();
    this.#agents.delete(host);
  }

  async close(): Promise<void> {
    for (const host of this.hosts) await this.stopAgent(host);
    await this.lab.close();
  }
}

import type { Config } from '../../../src/config/config.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import type { Upstream } from '../../lab/upstream.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { offences, PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';

/** Flows that bear the agent's cookie. */
export const OURS = 'cookie=0x7076000000000000/0xffff000000000000';

export interface SiteOptions {
  /** Whether libvirt creates the guests' ports parked; default true. */
  readonly bornParked?: boolean;
}

/**
 * A site for the tests of the enclosing `describe`: made before the first of them and closed after the last. Call the result
 * for it. Unless `agent` is false, an agent works there and has installed both guests.
 */
export function useSite({ agent = true, ...options }: SiteOptions & { readonly agent?: boolean } = {}): () => Site {
  let site: Site | undefined;
  before(async () => {
    site = await Site.create(options);
    if (!agent) return;
    await site.startAgent();
    await site.settled();
  });
  after(async () => {
    await site?.close();
  });
  return () => {
    if (site === undefined) throw new Error('the site is made before the first test, not before that');
    return site;
  };
}

/** One hypervisor with two isolated guests and a router behind its uplink: the least that can be isolated. */
export class Site {
  readonly lab: Lab;
  readonly host: Host;
  readonly upstream: Upstream;
  readonly router: Endpoint;
  guests: Endpoint[] = [];
  readonly #bornParked: boolean;
  #agent: AgentOn | undefined;

  private constructor(lab: Lab, host: Host, upstream: Upstream, router: Endpoint, bornParked: boolean) {
    this.lab = lab;
    this.host = host;
    this.upstream = upstream;
    this.router = router;
    this.#bornParked = bornParked;
  }

  static async create({ bornParked = true }: SiteOptions = {}): Promise<Site> {
    const lab = await Lab.create();
    try {
      const host = await lab.host('a');
      const upstream = await lab.upstream([host]);
      const router = await upstream.plug({ name: 'router', mac: ROUTER_MAC, tag: 2102 });
      const site = new Site(lab, host, upstream, router, bornParked);
      await site.plug(1);
      await site.plug(2);
      return site;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** The running agent. */
  get agent(): AgentOn {
    if (this.#agent === undefined) throw new Error('the agent was not started');
    return this.#agent;
  }

  /** What the agent's status says needs the operator, a line each. */
  get alarms(): string {
    return this.agent.alarms.join('\n');
  }

  /** The guest `g<number>`. */
  guest(number: number): Endpoint {
    const found = this.guests.find((one) => one.name === `g${number}`);
    if (found === undefined) throw new Error(`there is no guest g${number}`);
    return found;
  }

  /** Plugs the isolated guest `g<number>`. */
  async plug(number: number, { wait = true } = {}): Promise<Endpoint> {
    const mac = `02:00:00:00:01:${number.toString(16).padStart(2, '0')}`;
    const options = { name: `g${number}`, mac, portProfile: 'isolated-2102', bornParked: this.#bornParked, wait };
    const guest = await this.host.plug(options);
    this.guests.push(guest);
    return guest;
  }

  async unplug(guest: Endpoint, { wait = true } = {}): Promise<void> {
    await guest.unplug({ wait });
    this.guests = this.guests.filter((one) => one !== guest);
  }

  async startAgent(config: Partial<Config> = {}): Promise<AgentOn> {
    this.#agent = await AgentOn.start(this.host, { config: { pvlans: [PVLAN_2102], ...config } });
    return this.#agent;
  }

  async stopAgent(): Promise<void> {
    await this.#agent?.stop();
    this.#agent = undefined;
  }

  /** Waits until every guest is installed and the agent has nothing left to do. */
  async settled(): Promise<void> {
    const agent = this.agent;
    await agent.reached('installed', ...this.guests.map((guest) => guest.name));
    await until('the agent to settle', () => agent.agent.status().settled);
  }

  /** The agent's flows in the bridge, without their counters, in an order of their own. */
  async flows(bridge = 'br0'): Promise<string[]> {
    const text = await this.host.ofctl('--no-stats', 'dump-flows', bridge, OURS);
    return text
      .split('\n')
      .filter((line) => line.includes('cookie='))
      .sort();
  }

  /** Waits until the agent's flows are `flows` again, to the letter. */
  async flowsAre(flows: readonly string[]): Promise<void> {
    await until('the flows to be back', async () => (await this.flows()).join() === flows.join());
  }

  /** Takes every flow of the agent away, as an administrator may who does not know better. */
  async deleteFlows(remote = 'br0'): Promise<void> {
    await this.host.ofctl('del-flows', remote, OURS);
  }

  /** Waits until the agent has noticed that the database is gone. */
  async databaseLost(timeout = 10_000): Promise<void> {
    await until('the agent to notice', () => !this.agent.agent.status().database.connected, { timeout });
  }

  /** The `pvlan-installed` mark of a guest, `undefined` without one. */
  async mark(guest: Endpoint): Promise<string | undefined> {
    const text = await this.host.vsctl('--if-exists', 'get', 'Interface', guest.name, 'external_ids:pvlan-installed');
    return text === '' ? undefined : text.replaceAll('"', '');
  }

  /** What goes against isolation, or is missing, between guests and router now; empty when all is well. */
  offences(): Promise<string> {
    return offences(this.lab, [...this.guests, this.router]);
  }

  /** What one guest gets of another; empty when nothing: for when the router cannot be reached either. */
  leaks(): Promise<string> {
    return offences(this.lab, this.guests, () => false);
  }

  async close(): Promise<void> {
    try {
      await this.stopAgent();
    } finally {
      await this.lab.close();
    }
  }
}

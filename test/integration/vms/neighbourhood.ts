import { join } from 'node:path';
import type { Endpoint } from '../../lab/endpoint.ts';
import type { Mac } from '../../lab/ethernet.ts';
import type { Host } from '../../lab/host.ts';
import { addPortArguments } from '../../lab/port.ts';
import { Router } from '../../lab/router.ts';
import { until } from '../../lab/until.ts';
import type { Target } from '../../lifecycle/hostility.ts';

export const ROUTER: Target = { address: '10.0.0.254', mac: '02:00:00:00:00:fe' };
export const VICTIM: Target = { address: '10.0.0.9', mac: '02:00:00:00:00:09' };
export const BLUE: Target = { address: '10.0.0.8', mac: '02:00:00:00:00:08' };

const PLUGS = {
  victim: { name: 'victim', mac: VICTIM.mac, portProfile: 'isolated-2102' },
  blue: { name: 'blue', mac: BLUE.mac, portProfile: 'community-2102-blue' },
} as const;

/**
 * Whom a guest finds on its bridge: a router with a network stack of its own in VLAN 2102, an isolated endpoint that must never
 * hear of the guest, and one in the community `blue`.
 */
export class Neighbourhood {
  readonly #host: Host;
  readonly router: Router;
  readonly victim: Endpoint;
  readonly blue: Endpoint;
  readonly #heard = new Map<Endpoint, Map<Mac, number>>();

  private constructor(host: Host, router: Router, victim: Endpoint, blue: Endpoint) {
    this.#host = host;
    this.router = router;
    this.victim = victim;
    this.blue = blue;
    for (const endpoint of [victim, blue]) {
      const counts = new Map<Mac, number>();
      this.#heard.set(endpoint, counts);
      endpoint.watch((frame) => counts.set(frame.src, (counts.get(frame.src) ?? 0) + 1));
    }
  }

  static async on(host: Host): Promise<Neighbourhood> {
    const { mac, address } = ROUTER;
    const router = await Router.create({ name: 'r', mac, addresses: [`${address}/24`] }, `${host.netns.name}-r`);
    host.onClose(() => router.close());
    await router.cable({ netns: host.netns, name: 'to-router' });
    await host.addDevice('br0', 'to-router', 'tag=2102');
    const victim = await host.plug(PLUGS.victim);
    const blue = await host.plug(PLUGS.blue);
    for (const { name } of [victim, blue]) {
      await host.vsctl('wait-until', 'Interface', name, 'external_ids:pvlan-installed=true');
    }
    return new Neighbourhood(host, router, victim, blue);
  }

  /** Makes the bridge and the ports again, in a database that has neither. */
  async plugAgain(): Promise<void> {
    await this.#host.addBridge('br0');
    await this.#host.addDevice('br0', 'to-router', 'tag=2102');
    for (const endpoint of [this.victim, this.blue]) {
      const { name, ifaceId, vmId } = endpoint;
      const ids = ifaceId === undefined || vmId === undefined ? undefined : { ifaceId, vmId };
      const plug = name === 'victim' ? PLUGS.victim : PLUGS.blue;
      await this.#host.vsctl(...addPortArguments(plug, ids, { stream: join(this.#host.folder, 'nic', name) }));
      await until(`Open vSwitch to connect to ${name}`, () => endpoint.connected);
    }
  }

  /** How many frames from `mac` have come out of the endpoint's port; more may be under way. */
  heardYet(endpoint: Endpoint, mac: Mac): number {
    return this.#heard.get(endpoint)?.get(mac) ?? 0;
  }

  /** How many frames from `mac` came out of the endpoint's port up to now, those under way included. */
  async heard(endpoint: Endpoint, mac: Mac): Promise<number> {
    const counts = this.#heard.get(endpoint);
    const before = counts?.get(ROUTER.mac) ?? 0;
    await until(`${endpoint.name} to hear the router`, async () => {
      await this.router.run('busybox', 'arping', '-q', '-U', '-c', '1', '-I', 'eth0', ROUTER.address);
      return (counts?.get(ROUTER.mac) ?? 0) > before;
    });
    return counts?.get(mac) ?? 0;
  }

  /** Begins to count anew. */
  forget(): void {
    for (const counts of this.#heard.values()) counts.clear();
  }

  /** Whether `address` answers the router within a second. */
  async pings(address: string): Promise<boolean> {
    return this.router.run('busybox', 'ping', '-c', '1', '-W', '1', address).then(
      () => true,
      () => false,
    );
  }

  /** Waits until the router gets an answer from `address`. */
  async routerReaches(address: string, timeout = 20_000): Promise<void> {
    await until(`the router to reach ${address}`, async () => this.pings(address), { timeout });
  }
}

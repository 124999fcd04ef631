import type { Endpoint } from '../../lab/endpoint.ts';
import type { Mac } from '../../lab/ethernet.ts';
import type { Host } from '../../lab/host.ts';
import { Router } from '../../lab/router.ts';
import { until } from '../../lab/until.ts';
import type { Target } from '../../lifecycle/hostility.ts';

export const ROUTER: Target = { address: '10.0.0.254', mac: '02:00:00:00:00:fe' };
export const VICTIM: Target = { address: '10.0.0.9', mac: '02:00:00:00:00:09' };
export const BLUE: Target = { address: '10.0.0.8', mac: '02:00:00:00:00:08' };

/**
 * Whom a guest finds on its bridge: a router with a network stack of its own in VLAN 2102, an isolated endpoint that must never
 * hear of the guest, and one in the community `blue`.
 */
export class Neighbourhood {
  readonly router: Router;
  readonly victim: Endpoint;
  readonly blue: Endpoint;
  readonly #heard = new Map<Endpoint, Map<Mac, number>>();

  private constructor(router: Router, victim: Endpoint, blue: Endpoint) {
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
    const victim = await host.plug({ name: 'victim', mac: VICTIM.mac, portProfile: 'isolated-2102' });
    const blue = await host.plug({ name: 'blue', mac: BLUE.mac, portProfile: 'community-2102-blue' });
    for (const { name } of [victim, blue]) {
      await host.vsctl('wait-until', 'Interface', name, 'external_ids:pvlan-installed=true');
    }
    return new Neighbourhood(router, victim, blue);
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

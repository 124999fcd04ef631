import type { Endpoint } from '../lab/endpoint.ts';
import type { Mac } from '../lab/ethernet.ts';
import { BROADCAST, experimental } from '../lab/frames.ts';
import { until } from '../lab/until.ts';
import type { Target } from './hostility.ts';
import { PRIMARY } from './scene.ts';
import type { Scene } from './scene.ts';

export const SENTINEL: Target = { address: '10.0.0.254', mac: '02:00:00:00:00:fe' };
export const VICTIM: Target = { address: '10.0.0.9', mac: '02:00:00:00:00:09' };

/** Milliseconds between two frames of the neighbour's to each of those it attacks. */
const INTERVAL_MS = 5;

/**
 * An isolated neighbour that counts whose frames come out of its port, and a router behind the physical switch. The neighbour
 * speaks to the router now and then, as everybody does, so that the switches know where it is.
 */
export class Witness {
  readonly router: Endpoint;
  readonly victim: Endpoint;
  readonly #heard = new Map<Mac, number>();

  private constructor(router: Endpoint, victim: Endpoint) {
    this.router = router;
    this.victim = victim;
    victim.watch(({ src }) => this.#heard.set(src, (this.#heard.get(src) ?? 0) + 1));
  }

  static async in(scene: Scene): Promise<Witness> {
    const router = await scene.upstream.plug({ name: 'router', mac: SENTINEL.mac, tag: PRIMARY });
    const victim = await scene.isolated(scene.host, { name: 'victim', mac: VICTIM.mac });
    return new Witness(router, victim);
  }

  /** How many frames of `mac` the victim got up to now, those under way included. */
  async heard(mac: Mac): Promise<number> {
    const before = this.#heard.get(SENTINEL.mac) ?? 0;
    await until('the victim to hear the router', async () => {
      await this.victim.send(experimental(SENTINEL.mac, VICTIM.mac));
      await this.router.send(experimental(VICTIM.mac, SENTINEL.mac));
      return (this.#heard.get(SENTINEL.mac) ?? 0) > before;
    });
    return this.#heard.get(mac) ?? 0;
  }

  /** Has the victim send to each of `macs` and to everybody, until the returned function is called. */
  attack(macs: readonly Mac[]): () => void {
    const timer = setInterval(() => {
      for (const mac of [...macs, BROADCAST]) this.victim.send(experimental(mac, VICTIM.mac)).catch(() => undefined);
    }, INTERVAL_MS);
    return () => {
      clearInterval(timer);
    };
  }
}

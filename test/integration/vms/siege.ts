import { BROADCAST, EtherType, experimental } from '../../lab/frames.ts';
import type { Mac } from '../../lab/ethernet.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import type { Host } from '../../lab/host.ts';
import { TapWatch } from '../../lifecycle/tap-watch.ts';
import { until } from '../../lab/until.ts';
import type { Neighbourhood } from './neighbourhood.ts';

const INTERVAL_MS = 5;
/** How libvirt calls the devices of guests, and how the neighbourhood calls the router's. */
const GUEST = /^vnet/;
const ROUTER = /^to-router$/;

/** The neighbours of a guest send to its NICs and to everybody without end; what comes out of its ports is counted. */
export class Siege {
  readonly #attackers: readonly Endpoint[];
  readonly #watch: TapWatch;
  readonly #timer: NodeJS.Timeout;

  private constructor(attackers: readonly Endpoint[], macs: readonly Mac[], watch: TapWatch) {
    this.#attackers = attackers;
    this.#watch = watch;
    this.#timer = setInterval(() => {
      for (const attacker of attackers) {
        for (const dst of [...macs, BROADCAST]) attacker.send(experimental(dst, attacker.mac)).catch(() => undefined);
      }
    }, INTERVAL_MS);
  }

  static async of(host: Host, { victim, blue }: Neighbourhood, macs: readonly Mac[]): Promise<Siege> {
    return new Siege([victim, blue], macs, await TapWatch.on(host, EtherType.EXPERIMENTAL));
  }

  /** How many frames of `mac` have come out of the guest's ports, those under way included. */
  async frames(mac: Mac): Promise<number> {
    await this.caughtUp();
    return this.#watch.out(GUEST, mac);
  }

  /** Lets all of them send a hundred frames more, which the router gets in any case. */
  async goesOn(): Promise<void> {
    await this.#told(100);
  }

  /** tcpdump tells in order: when it has told of later frames to the router, it has told of everything up to now. */
  async caughtUp(): Promise<void> {
    await this.#told(4);
  }

  lift(): void {
    clearInterval(this.#timer);
  }

  async #told(frames: number): Promise<void> {
    for (const { name, mac } of this.#attackers) {
      const before = this.#watch.out(ROUTER, mac);
      await until(`frames of ${name} at the router`, () => this.#watch.out(ROUTER, mac) > before + frames);
    }
  }
}

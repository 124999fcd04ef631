import type { Endpoint } from '../lab/endpoint.ts';
import { BROADCAST, EtherType, experimental } from '../lab/frames.ts';
import type { Host } from '../lab/host.ts';
import { UPLINK } from '../lab/upstream.ts';
import { until } from '../lab/until.ts';
import { GUEST_MAC } from './moving-cast.ts';
import { TapWatch } from './tap-watch.ts';

const INTERVAL_MS = 50;

/** Frames between the guest and those it must not reach. */
export interface Forbidden {
  /** Of the guest's, at strangers' ports. */
  readonly fromGuest: number;
  /** Of strangers', at any port that the guest has on any host. */
  readonly toGuest: number;
}

interface Stranger {
  readonly endpoint: Endpoint;
  readonly host: Host;
}

/** Endpoints that must not reach the guest, and send to it and to everybody without end. They see what they get of it. */
export class Strangers {
  readonly #strangers: readonly Stranger[];
  readonly #watches: readonly TapWatch[];
  readonly #timer: NodeJS.Timeout;
  #fromGuest = 0;

  private constructor(strangers: readonly Stranger[], watches: readonly TapWatch[]) {
    this.#strangers = strangers;
    this.#watches = watches;
    for (const { endpoint } of strangers) {
      endpoint.watch(({ src }) => {
        if (src === GUEST_MAC) this.#fromGuest += 1;
      });
    }
    this.#timer = setInterval(() => {
      for (const { endpoint } of strangers) this.#attack(endpoint);
    }, INTERVAL_MS);
  }

  static async among(hosts: readonly Host[], strangers: readonly Stranger[]): Promise<Strangers> {
    const watches = await Promise.all(hosts.map((host) => TapWatch.on(host, EtherType.EXPERIMENTAL)));
    return new Strangers(strangers, watches);
  }

  /** What came through up to now. */
  async heard(): Promise<Forbidden> {
    await Promise.all(this.#strangers.map((stranger) => this.#caughtUp(stranger)));
    const toGuest = this.#watches.flatMap((watch) =>
      this.#strangers.map(({ endpoint }) => watch.out(/^vnet/, endpoint.mac)),
    );
    return { fromGuest: this.#fromGuest, toGuest: toGuest.reduce((sum, count) => sum + count, 0) };
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #attack(endpoint: Endpoint): void {
    if (!endpoint.connected) return;
    for (const dst of [GUEST_MAC, BROADCAST]) {
      endpoint.send(experimental(dst, endpoint.mac)).catch(() => undefined);
    }
  }

  /** tcpdump tells in order: when it has told of later frames on the uplink, it has told of everything up to now. */
  async #caughtUp({ endpoint, host }: Stranger): Promise<void> {
    const uplink = new RegExp(`^${UPLINK}$`);
    const seen = (): number => this.#watches.reduce((sum, watch) => sum + watch.out(uplink, endpoint.mac), 0);
    const before = seen();
    await until(`frames of ${endpoint.name} to leave ${host.name}`, () => seen() > before + 4);
  }
}

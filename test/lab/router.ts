import { Netns, layCable } from './netns.ts';
import { run } from './run.ts';
import type { LinkEnd } from './netns.ts';
import type { Mac } from './ethernet.ts';

export interface RouterOptions {
  /** At most 12 characters. */
  readonly name: string;
  readonly mac: Mac;
  /** IPv4 addresses with prefix length, as `10.0.0.254/24`. */
  readonly addresses: readonly string[];
  /** VLAN of the switch's access port; by default the router gets everything as it is. */
  readonly tag?: number;
}

/** The router's only network device. */
const DEVICE = 'eth0';

/** A physical router: a network namespace whose kernel answers ARP and pings, and from which commands such as ping run. */
export class Router {
  readonly mac: Mac;
  readonly #netns: Netns;
  readonly #addresses: readonly string[];

  private constructor(netns: Netns, { mac, addresses }: RouterOptions) {
    this.#netns = netns;
    this.mac = mac;
    this.#addresses = addresses;
  }

  static async create(options: RouterOptions, netnsName: string): Promise<Router> {
    return new Router(await Netns.create(netnsName), options);
  }

  async cable(far: LinkEnd): Promise<void> {
    await layCable({ netns: this.#netns, name: DEVICE }, far);
    await run('ip', ['-n', this.#netns.name, 'link', 'set', DEVICE, 'address', this.mac]);
    for (const address of this.#addresses) {
      await run('ip', ['-n', this.#netns.name, 'address', 'add', address, 'dev', DEVICE]);
    }
  }

  /** The command line that runs `argv` where the router is. */
  wrap(argv: readonly string[]): string[] {
    return this.#netns.wrap(argv);
  }

  /** Runs a command where the router is; throws LabError `LAB_COMMAND` when it fails. */
  async run(file: string, ...args: string[]): Promise<string> {
    return this.#netns.run(file, args);
  }

  async close(): Promise<void> {
    await this.#netns.delete();
  }
}

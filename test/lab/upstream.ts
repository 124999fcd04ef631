import { Router } from './router.ts';
import { layCable } from './netns.ts';
import type { Endpoint } from './endpoint.ts';
import type { Host } from './host.ts';
import type { PlugOptions } from './port.ts';
import type { RouterOptions } from './router.ts';

export interface ConnectOptions {
  /** Bridge of the host that gets the cable's end; made if there is none. Default `br0`. */
  readonly bridge?: string;
  /** Columns of the switch's Port row, as `trunks=10,20` or `tag=10`; default none: all VLANs are carried. */
  readonly portColumns?: readonly string[];
}

/** The bridge of a physical switch. */
export const SWITCH_BRIDGE = 'sw0';
/** The device by which a host reaches the physical switch. */
export const UPLINK = 'up0';

/** A physical switch: a Host of its own whose single bridge has a cable to each hypervisor. */
export class Upstream {
  /** The machine the switch consists of: its flows, ports and daemons. */
  readonly host: Host;

  private constructor(host: Host) {
    this.host = host;
  }

  static async create(host: Host): Promise<Upstream> {
    await host.addBridge(SWITCH_BRIDGE);
    return new Upstream(host);
  }

  /** Lays a cable to `host`, from the port `to-<host>` of the switch to a port `up0` of the host's bridge. */
  async connect(host: Host, { bridge = 'br0', portColumns = [] }: ConnectOptions = {}): Promise<void> {
    const port = `to-${host.name}`;
    await layCable({ netns: this.host.netns, name: port }, { netns: host.netns, name: UPLINK });
    await host.addBridge(bridge);
    await this.host.addDevice(SWITCH_BRIDGE, port, ...portColumns);
    await host.addDevice(bridge, UPLINK);
  }

  /** Connects a router with a network stack of its own, see `Router`. */
  async router(options: RouterOptions): Promise<Router> {
    const router = await Router.create(options, `${this.host.netns.name}-${options.name}`);
    this.host.onClose(() => router.close());
    const port = `to-${options.name}`;
    await router.cable({ netns: this.host.netns, name: port });
    await this.host.addDevice(SWITCH_BRIDGE, port, ...(options.tag === undefined ? [] : [`tag=${options.tag}`]));
    return router;
  }

  /** Plugs an endpoint into the switch itself, such as a physical router; with `tag` its port is an access port. */
  async plug(options: Omit<PlugOptions, 'bridge' | 'ifaceId'>): Promise<Endpoint> {
    return this.host.plug({ ...options, bridge: SWITCH_BRIDGE, ifaceId: false });
  }
}

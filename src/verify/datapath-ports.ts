import { NotUnderstoodError } from './errors.ts';

/** Where a datapath port belongs in OpenFlow's terms. */
export interface PortPlace {
  readonly bridge: string;
  readonly name: string;
  /** OpenFlow 1.1 numbering. */
  readonly ofport: number;
}

/** Number of a bridge's own port in OpenFlow 1.0, by which ovs-vswitchd prints it, and in OpenFlow 1.1 and later. */
const LOCAL = { printed: 65534, number: 0xfffffffe };

/**
 * Reads `dpif/show` (OVS `ofproto/ofproto-dpif.c`, dpif_show_backer): which ports each datapath number of each datapath stands for.
 * Tunnels of a kind share one number. The key is the number; datapaths of several types on one host are told apart by bridge.
 */
export class DatapathPorts {
  readonly #byBridge = new Map<string, Map<number, PortPlace[]>>();
  readonly #bondsByBridge = new Map<string, Set<number>>();

  private constructor() {
    // By `read` alone.
  }

  /** @throws NotUnderstoodError for a line of an unknown form */
  static read(show: string): DatapathPorts {
    const ports = new DatapathPorts();
    let datapath = new Map<number, PortPlace[]>();
    let bridge: string | undefined;
    const seen = new Set<string>();
    for (const line of show.split('\n')) {
      if (line === '') continue;
      if (/^\S.*: hit:\d+ missed:\d+$/.test(line)) {
        datapath = new Map();
        bridge = undefined;
        continue;
      }
      const named = /^ {2}(\S.*):$/.exec(line)?.[1];
      if (named !== undefined) {
        bridge = named;
        if (ports.#byBridge.has(bridge)) throw new NotUnderstoodError('a bridge is listed twice', line);
        ports.#byBridge.set(bridge, datapath);
        continue;
      }
      const port = /^ {4}(\S.*?) (\d{1,5})\/(\d{1,10}|none): \(.*\)$/.exec(line);
      const [, name = '', printed = '', number = ''] = port ?? [];
      if (port === null || bridge === undefined || seen.has(`${bridge}\n${printed}`)) {
        throw new NotUnderstoodError('a line of dpif/show is not understood', line);
      }
      seen.add(`${bridge}\n${printed}`);
      // A patch port has no number: frames through it never leave ovs-vswitchd.
      if (number === 'none') continue;
      const ofport = Number(printed) === LOCAL.printed ? LOCAL.number : Number(printed);
      const places = datapath.get(Number(number)) ?? [];
      places.push({ bridge, name, ofport });
      datapath.set(Number(number), places);
    }
    return ports;
  }

  /** Adds the ids by which bonds are reached, as `bond/show` lists them (OVS `ofproto/bond.c`, bond_print_details). */
  learnBonds(show: string): void {
    const ids = new Set<number>();
    for (const match of show.matchAll(/^bond may use recirculation: yes, Recirc-ID : (\d+)$/gm))
      ids.add(Number(match[1]));
    for (const match of show.matchAll(/^lb_output action: enabled, bond-id: (\d+)$/gm)) ids.add(Number(match[1]));
    for (const bridge of this.#byBridge.keys()) this.#bondsByBridge.set(bridge, ids);
  }

  /** The ports that `number` stands for in the datapath of `bridge`; empty where it is not known. */
  at(bridge: string, number: number): readonly PortPlace[] {
    return this.#byBridge.get(bridge)?.get(number) ?? [];
  }

  isBond(bridge: string, id: number): boolean {
    return this.#bondsByBridge.get(bridge)?.has(id) ?? false;
  }
}

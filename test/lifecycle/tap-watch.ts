import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { Mac } from '../lab/ethernet.ts';
import type { Host } from '../lab/host.ts';
import { UPLINK } from '../lab/upstream.ts';
import { until } from '../lab/until.ts';

/** A frame as tcpdump tells it: `vnet0 Out ifindex 7 02:00:00:00:00:15 ethertype Unknown (0x88b5), length 66`. */
const LINE = /(\S+)\s+(In|Out|B|M|P)\s+ifindex \d+ ([0-9a-f:]{17}) /;

/** Bytes of a frame of no more than the least length, with tcpdump's own header of 20 in place of Ethernet's. */
const SHORT = 80;
/** KiB that wait for tcpdump while the machine is busy. */
const BUFFER = 16_384;

/**
 * Counts the frames that come out of any device of a host, by device and sender. It listens to all devices, those that are still
 * to come included: so no frame to a port that a migration or a birth makes is missed.
 */
export class TapWatch {
  readonly #counts = new Map<string, number>();
  readonly #end = new AbortController();
  readonly #done: Promise<unknown>;
  readonly #wanted: string;
  #listening = false;

  /** Counts lines of tcpdump's that have `wanted` in them. */
  private constructor(host: Host, filter: string, wanted: string) {
    this.#wanted = wanted;
    const options = ['-l', '-n', '-e', '-B', String(BUFFER), '--immediate-mode', '-i', 'any'];
    const [file = '', ...args] = host.netns.wrap(['tcpdump', ...options, filter]);
    const child = execa(file, args, {
      all: true,
      buffer: false,
      reject: false,
      cancelSignal: this.#end.signal,
      stdin: 'ignore',
    });
    createInterface({ input: child.all }).on('line', (line) => {
      this.#take(line);
    });
    this.#done = child.catch(() => undefined);
    host.onClose(() => this.close());
  }

  /** Counts frames of one EtherType, tagged or not. */
  static async on(host: Host, ethertype: number): Promise<TapWatch> {
    const type = `0x${ethertype.toString(16)}`;
    // A filter cannot look behind a tag here, but at the length: pings, which are many, are longer.
    return TapWatch.#listen(host, `ether proto ${type} or (ether proto 0x8100 and less ${SHORT})`, type);
  }

  /** Counts all frames, but on the uplink, where most go, only short ones with a tag. */
  static async onGuests(host: Host): Promise<TapWatch> {
    const ifindex = (await host.netns.run('cat', [`/sys/class/net/${UPLINK}/ifindex`])).trim();
    return TapWatch.#listen(
      host,
      `outbound and (not ifindex ${ifindex} or (ether proto 0x8100 and less ${SHORT}))`,
      '',
    );
  }

  static async #listen(host: Host, filter: string, wanted: string): Promise<TapWatch> {
    const watch = new TapWatch(host, filter, wanted);
    await until(`tcpdump on ${host.name} to listen`, () => watch.#listening);
    return watch;
  }

  /** Frames from `mac` that went out by devices whose names match. */
  out(devices: RegExp, mac: Mac): number {
    return [...this.#counts]
      .map(([key, count]) => [key.split(' '), count] as const)
      .filter(([[device = '', source]]) => devices.test(device) && source === mac)
      .reduce((sum, [, count]) => sum + count, 0);
  }

  async close(): Promise<void> {
    this.#end.abort();
    await this.#done;
  }

  #take(line: string): void {
    if (line.includes('listening on')) this.#listening = true;
    const [, device, direction, mac] = LINE.exec(line) ?? [];
    if (device === undefined || mac === undefined || direction !== 'Out' || !line.includes(this.#wanted)) return;
    const key = `${device} ${mac}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }
}

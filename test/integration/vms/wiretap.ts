import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Daemon } from '../../lab/daemon.ts';
import type { Guest } from '../../lab/guest.ts';
import type { Host } from '../../lab/host.ts';
import type { Mac } from '../../lab/ethernet.ts';
import { until } from '../../lab/until.ts';
import { portOf } from './ports.ts';

let taps = 0;

/**
 * Sees what comes out of a guest's port, tags included: tcpdump on its tap device, so that nothing depends on what the guest
 * makes of it.
 */
export class Wiretap {
  readonly #daemon: Daemon;
  readonly #file: string;

  private constructor(daemon: Daemon, file: string) {
    this.#daemon = daemon;
    this.#file = file;
  }

  /** Listens at the port of the NIC `mac` for frames whose source is one of `sources`. */
  static async on(host: Host, mac: Mac, sources: readonly Mac[]): Promise<Wiretap> {
    taps += 1;
    const port = await portOf(host, mac);
    const file = join(host.folder, 'log', `tap-${taps}.log`);
    const filter = sources.map((source) => `ether src ${source}`).join(' or ');
    const argv = ['tcpdump', '-l', '-n', '-e', '-p', '--immediate-mode', '-i', port, filter];
    const tap = new Wiretap(Daemon.start(`tcpdump on ${port}`, host.netns.wrap(argv), { output: file }), file);
    await until(`tcpdump on ${port} to listen (see ${file})`, async () => {
      if (!tap.#daemon.running) throw new Error(`tcpdump ended: ${await tap.#text()}`);
      return (await tap.#text()).includes('listening on');
    });
    return tap;
  }

  /** The frames seen so far whose source is `mac`. */
  async from(mac: Mac): Promise<string[]> {
    const lines = (await this.#text()).split('\n');
    return lines.filter((line) => line.includes(` ${mac} > `));
  }

  /**
   * Has `sender` ping `address`, which is behind this port, and returns when the tap has seen it: whatever was sent to the
   * port before has then been seen, too.
   */
  async flush(sender: Guest, senderMac: Mac, address: string): Promise<void> {
    const before = (await this.from(senderMac)).length;
    await until(`the tap to see a ping of ${sender.name}`, async () => {
      await sender.run(`ping -c 1 -W 1 ${address}`);
      return (await this.from(senderMac)).length > before;
    });
  }

  /** Empty until tcpdump is under way. */
  async #text(): Promise<string> {
    return readFile(this.#file, 'utf8').catch(() => '');
  }

  async close(): Promise<void> {
    await this.#daemon.kill('SIGTERM');
  }
}

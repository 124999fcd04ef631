import { readFile } from 'node:fs/promises';
import { LabError } from './errors.ts';
import { until } from './until.ts';
import type { Host } from './host.ts';

/**
 * Knowing that nothing is under way any more, without sleeping and whatever the flows do.
 *
 * Frames wait in channels only: (1) between a test and the port of its endpoint, (2) between all of a switch's ports and
 * its datapath, (3) between the port and the endpoint. For each channel one counter says how many frames entered and
 * one how many left it. A cable from host to host is no channel of its own: veth counts a frame as received by the far end
 * while the sender still sits in its system call (drivers/net/veth.c), so what one switch put on the cable has entered
 * channel (2) of the next before the first can answer any question. Inside ovs-vswitchd nothing waits: its main thread
 * forwards what it took from a port to the end, upcalls included, before it answers on its control socket (in userspace
 * with no PMD threads, lib/dpif-netdev.c).
 *
 * The counters cannot be read at one instant, but they only grow. So read all "left" first and all "entered" after that:
 * if each pair is equal, then at the moment between the two readings every channel was empty, as entered then <= entered
 * later = left earlier <= left then <= entered then (F. Mattern's four-counter method for distributed termination).
 *
 * A frame lost on the way (a queue in OVS holds 100, a packet socket some 250) makes the pair differ for ever, so it ends in
 * an error after a deadline and never in a missed delivery. Not seen: frames that OVS itself holds for a controller.
 */
export class Fence {
  readonly #hosts: readonly Host[];
  /** By channel, how many more frames entered than left when all was at rest. */
  #surplus: ReadonlyMap<string, number> = new Map();

  constructor(hosts: readonly Host[]) {
    this.#hosts = hosts;
  }

  /**
   * Learns the counters' differences at rest: ports and datapath did not start counting together, and frames may have been
   * lost before. Rest is when no packet socket holds a frame and no counter moves over three looks; each look is several
   * rounds of every main thread, which would move a frame that waits in a queue of OVS.
   */
  async settle(timeout = 10_000): Promise<void> {
    let before = '';
    let still = 0;
    await until(
      'the switches to be at rest',
      async () => {
        const left = await this.#left();
        const entered = await this.#entered();
        const busy = await Promise.all(this.#hosts.map((host) => packetSocketsHoldFrames(host)));
        const now = JSON.stringify([[...left], [...entered]]);
        still = now === before && !busy.includes(true) ? still + 1 : 0;
        before = now;
        this.#surplus = new Map([...entered].map(([channel, count]) => [channel, count - (left.get(channel) ?? 0)]));
        return still === 2;
      },
      { timeout, interval: 1 },
    );
  }

  /** Returns when every frame sent before the call has been delivered or dropped; LabError `LAB_FENCE` after `timeout` ms. */
  async pass(timeout = 10_000): Promise<void> {
    let occupied: string[] = [];
    try {
      await until(
        'all channels to be empty',
        async () => {
          occupied = await this.#occupied();
          return occupied.length === 0;
        },
        { timeout, interval: 1 },
      );
    } catch (error) {
      if (!(error instanceof LabError) || error.code !== 'LAB_DEADLINE') throw error;
      const where = occupied.join('; ');
      throw new LabError('LAB_FENCE', `frames are still under way or lost after ${timeout} ms: ${where}`);
    }
  }

  async #occupied(): Promise<string[]> {
    const left = await this.#left();
    const entered = await this.#entered();
    return [...entered].flatMap(([channel, count]) => {
      const out = (left.get(channel) ?? 0) + (this.#surplus.get(channel) ?? 0);
      return out === count ? [] : [`${channel}: ${count} entered, ${out} left`];
    });
  }

  async #left(): Promise<Map<string, number>> {
    const left = new Map<string, number>();
    for (const host of this.#hosts) {
      left.set(host.name, await forwarded(host));
      const counters = await portCounters(host);
      for (const endpoint of host.endpoints) {
        left.set(`${endpoint.name} to ${host.name}`, counters.get(endpoint.name)?.rx ?? 0);
        left.set(`${host.name} to ${endpoint.name}`, endpoint.counts.received);
      }
    }
    return left;
  }

  async #entered(): Promise<Map<string, number>> {
    const entered = new Map<string, number>();
    for (const host of this.#hosts) {
      const counters = await portCounters(host);
      entered.set(
        host.name,
        [...counters.values()].reduce((sum, { rx }) => sum + rx, 0),
      );
      for (const endpoint of host.endpoints) {
        entered.set(`${endpoint.name} to ${host.name}`, endpoint.counts.sent);
        entered.set(`${host.name} to ${endpoint.name}`, counters.get(endpoint.name)?.tx ?? 0);
      }
    }
    return entered;
  }
}

interface PortCounters {
  readonly rx: number;
  readonly tx: number;
}

/** Frames the datapath's threads have taken from ports; recirculated ones do not count again. */
async function forwarded(host: Host): Promise<number> {
  // The shorter table is gone since Open vSwitch 4.0; the longer one does not tell of the main thread before.
  const isKnown = await host.knows('dpif-netdev/pmd-stats-show');
  const text = await host.appctl(isKnown ? 'dpif-netdev/pmd-stats-show' : 'dpif-netdev/pmd-perf-show');
  return [...text.matchAll(/(?:packets received|Rx packets): +(\d+)/g)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
}

async function portCounters(host: Host): Promise<Map<string, PortCounters>> {
  const text = await host.appctl('dpctl/show', '-s');
  const ports = text.matchAll(/^ {2}port \d+: (\S+).*\n {4}RX packets:(\d+).*\n {4}TX packets:(\d+)/gm);
  return new Map([...ports].map(([, name = '', rx, tx]) => [name, { rx: Number(rx), tx: Number(tx) }]));
}

/** Whether a packet socket in ovs-vswitchd's namespace has bytes to read: column Rmem of proc_net_packet (packet(7)). */
async function packetSocketsHoldFrames(host: Host): Promise<boolean> {
  const table = await readFile(`/proc/${host.vswitchdPid}/net/packet`, 'utf8');
  return table
    .trim()
    .split('\n')
    .slice(1)
    .some((row) => Number(row.trim().split(/\s+/)[6]) > 0);
}

import type { Host } from '../../lab/host.ts';
import { OURS } from './site.ts';

/** What Open vSwitch itself has counted of one flow. */
interface Age {
  /** Since it was added or replaced, in seconds. */
  readonly duration: number;
  readonly packets: number;
}

/** Open vSwitch reads its clock once a round of its main loop, in seconds. */
const COARSE = 0.1;

/** How old the agent's flows are and how much they have carried, at one moment. */
export class FlowAges {
  readonly #begun: number;
  readonly #ended: number;
  readonly #flows: ReadonlyMap<string, Age>;

  private constructor(begun: number, ended: number, flows: ReadonlyMap<string, Age>) {
    this.#begun = begun;
    this.#ended = ended;
    this.#flows = flows;
  }

  static async read(host: Host): Promise<FlowAges> {
    const begun = performance.now();
    const text = await host.ofctl('dump-flows', 'br0', OURS);
    const flows = new Map<string, Age>();
    for (const line of text.split('\n')) {
      const [, duration, packets] = /duration=([\d.]+)s.* n_packets=(\d+)/.exec(line) ?? [];
      if (duration === undefined) continue;
      const flow = line.replace(/ (duration|n_packets|n_bytes|idle_age|hard_age)=[^,]*,/g, '').trim();
      flows.set(flow, { duration: Number(duration), packets: Number(packets) });
    }
    return new FlowAges(begun, performance.now(), flows);
  }

  get size(): number {
    return this.#flows.size;
  }

  /** The youngest flow's age, in seconds. */
  get youngest(): number {
    return Math.min(...[...this.#flows.values()].map(({ duration }) => duration));
  }

  /** Frames that all flows have carried. */
  get packets(): number {
    return [...this.#flows.values()].reduce((sum, { packets }) => sum + packets, 0);
  }

  /** Flows that did not simply grow older until `later`: removed, new, replaced, or with counters that began anew. */
  touched(later: FlowAges): readonly string[] {
    const between = (later.#begun - this.#ended) / 1000;
    const stayed = (flow: string): boolean => {
      const [before, after] = [this.#flows.get(flow), later.#flows.get(flow)];
      if (before === undefined || after === undefined) return false;
      return after.duration >= before.duration + between - COARSE && after.packets >= before.packets;
    };
    return [...new Set([...this.#flows.keys(), ...later.#flows.keys()])].filter((flow) => !stayed(flow));
  }
}

import { Fence } from './fence.ts';
import { mark } from './parse-frame.ts';
import type { Endpoint } from './endpoint.ts';
import type { Frame, VlanTag } from './parse-frame.ts';
import type { Host } from './host.ts';

export interface Probe {
  readonly from: Endpoint;
  /** Sent with a probe id of its own behind it, see `mark`. */
  readonly frame: Buffer;
  readonly label?: string;
}

export interface SentProbe extends Probe {
  readonly id: number;
}

/** One probe that came out at one endpoint, `times` times. */
export interface Delivery {
  readonly probe: SentProbe;
  readonly receiver: Endpoint;
  readonly times: number;
  /** The tags of the first copy, outermost first. */
  readonly tags: readonly VlanTag[];
  readonly frames: readonly Frame[];
}

export interface ProberOptions {
  /** Milliseconds a fence may take; default 10 000. */
  readonly deadline?: number;
  /** Frames under way at once; default 32, so that flooding them overflows no queue of 100. */
  readonly chunk?: number;
}

let lastId = 0;

/** Sends frames and knows what became of each: when `send` returns, nothing will arrive any more. */
export class Prober {
  readonly #hosts: readonly Host[];
  readonly #deadline: number;
  readonly #chunk: number;

  /** `hosts` are all switches a frame can pass, physical ones included: `lab.hosts`. */
  constructor(hosts: readonly Host[], { deadline = 10_000, chunk = 32 }: ProberOptions = {}) {
    this.#hosts = hosts;
    this.#deadline = deadline;
    this.#chunk = chunk;
  }

  /**
   * Sends the probes in the order given and returns every delivery to every endpoint of the hosts. Throws LabError
   * `LAB_FENCE` when frames get lost on the way, or an endless stream of other frames keeps the switches from resting.
   */
  async send(probes: readonly Probe[]): Promise<Delivery[]> {
    const sent = new Map<number, SentProbe>();
    const arrived = new Map<Endpoint, Map<SentProbe, Frame[]>>();
    const take = (receiver: Endpoint, frame: Frame): void => {
      const probe = frame.probeId === undefined ? undefined : sent.get(frame.probeId);
      if (!probe) return;
      const atReceiver = arrived.get(receiver) ?? new Map<SentProbe, Frame[]>();
      arrived.set(receiver, atReceiver.set(probe, [...(atReceiver.get(probe) ?? []), frame]));
    };
    const endpoints = this.#hosts.flatMap((host) => [...host.endpoints]);
    const stops = endpoints.map((endpoint) =>
      endpoint.watch((frame) => {
        take(endpoint, frame);
      }),
    );
    try {
      const fence = new Fence(this.#hosts);
      await fence.settle(this.#deadline);
      for (let start = 0; start < probes.length; start += this.#chunk) {
        for (const probe of probes.slice(start, start + this.#chunk)) {
          lastId = (lastId + 1) >>> 0;
          sent.set(lastId, { ...probe, id: lastId });
          await probe.from.send(mark(probe.frame, lastId));
        }
        await fence.pass(this.#deadline);
      }
    } finally {
      for (const stop of stops) stop();
    }
    return [...arrived].flatMap(([receiver, probesSeen]) =>
      [...probesSeen].map(([probe, frames]) => {
        return { probe, receiver, frames, times: frames.length, tags: frames[0]?.tags ?? [] };
      }),
    );
  }
}

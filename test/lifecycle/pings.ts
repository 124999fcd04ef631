import type { Endpoint } from '../lab/endpoint.ts';
import { EtherType } from '../lab/frames.ts';
import type { Mac } from '../lab/ethernet.ts';
import type { Frame } from '../lab/frames.ts';
import type { Count } from './stream.ts';

/**
 * Echo requests of a guest that arrive at an endpoint. They are numbered by the guest, so that the gaps in what arrives are
 * what was lost on the way.
 */
export class Pings {
  readonly #from: Mac;
  readonly #to: Mac;
  readonly #seen = new Map<number, number>();
  readonly #unwatch: () => void;

  constructor(endpoint: Endpoint, from: Mac) {
    this.#from = from;
    this.#to = endpoint.mac;
    this.#unwatch = endpoint.watch((frame) => {
      this.#take(frame);
    });
  }

  stop(): Count {
    this.#unwatch();
    const numbers = [...this.#seen.keys()];
    if (numbers.length === 0) return { sent: 0, lost: 0, doubled: 0, recovered: false };
    const sent = Math.max(...numbers) - Math.min(...numbers) + 1;
    const doubled = [...this.#seen.values()].reduce((sum, times) => sum + times - 1, 0);
    return { sent, lost: sent - numbers.length, doubled, recovered: true };
  }

  #take({ src, dst, ethertype, payload }: Frame): void {
    if (src !== this.#from || dst !== this.#to || ethertype !== EtherType.IPV4 || payload.length < 28) return;
    if (payload.readUInt8(9) !== 1 || payload.readUInt8(20) !== 8) return;
    const number = payload.readUInt16BE(26);
    this.#seen.set(number, (this.#seen.get(number) ?? 0) + 1);
  }
}

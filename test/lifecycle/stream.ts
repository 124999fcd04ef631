import { setTimeout as delay } from 'node:timers/promises';
import { internetChecksum } from '../lab/checksum.ts';
import type { Endpoint } from '../lab/endpoint.ts';
import { until } from '../lab/until.ts';
import { EtherType, icmpEcho } from '../lab/frames.ts';
import type { Mac } from '../lab/ethernet.ts';
import type { Frame } from '../lab/frames.ts';

/** Frames sent, and how many of them did not arrive. */
export interface Count {
  readonly sent: number;
  readonly lost: number;
  readonly doubled: number;
  /** Whether frames flowed again in the end. */
  readonly recovered: boolean;
}

export interface Ends {
  readonly guestMac: Mac;
  readonly guestIp: string;
  readonly peer: Endpoint;
  readonly peerIp: string;
}

const INTERVAL_MS = 10;
/** Where ICMP begins in an untagged frame. */
const ICMP = 14 + 20;

/**
 * Echo requests from a peer to a guest at 100 a second. The guest's answers tell which arrived there, so what is lost on the
 * way back counts as lost, too: the sum of both directions.
 */
export class Stream {
  readonly #ends: Ends;
  readonly #answers = new Map<number, number>();
  readonly #unwatch: () => void;
  #sent = 0;
  /** The number of the first frame that counts. */
  #first = 1;
  #stopped = false;
  readonly #sending: Promise<void>;
  static #next = 1;
  readonly #id: number;

  constructor(ends: Ends) {
    this.#ends = ends;
    this.#id = Stream.#next;
    Stream.#next += 1;
    this.#unwatch = ends.peer.watch((frame) => {
      const number = this.#numberOf(frame);
      if (number !== undefined) this.#answers.set(number, (this.#answers.get(number) ?? 0) + 1);
    });
    this.#sending = this.#send();
  }

  /** Waits until the stream flows, and begins to count there. */
  async flows(): Promise<void> {
    await until('the stream to flow', () => this.answered > 20, { timeout: 20_000 });
    this.#first = this.#sent + 1;
  }

  get answered(): number {
    return this.#answers.size;
  }

  /** Ends the stream once it flows again, or after `timeout` ms, and counts. */
  async stop(timeout = 20_000): Promise<Count> {
    const before = this.answered;
    const recovered = await until('the stream to flow again', () => this.answered > before + 20, { timeout }).catch(
      () => false,
    );
    this.#stopped = true;
    await this.#sending;
    const last = this.#sent;
    await until('the last answer', () => this.#answers.has(last), { timeout: 2000 }).catch(() => undefined);
    this.#unwatch();
    const counted = [...this.#answers].filter(([number]) => number >= this.#first);
    const sent = last - this.#first + 1;
    const doubled = counted.reduce((sum, [, times]) => sum + times - 1, 0);
    return { sent, lost: sent - counted.length, doubled, recovered };
  }

  async #send(): Promise<void> {
    const { guestMac, guestIp, peer, peerIp } = this.#ends;
    const start = performance.now();
    while (!this.#stopped) {
      const due = Math.floor((performance.now() - start) / INTERVAL_MS);
      while (this.#sent < due) {
        this.#sent += 1;
        const frame = icmpEcho({ src: peer.mac, dst: guestMac, srcIp: peerIp, dstIp: guestIp });
        await peer.send(this.#numbered(frame));
      }
      await delay(INTERVAL_MS / 2);
    }
  }

  /** Writes this stream's id and the frame's number into the ICMP identifier and sequence number. */
  #numbered(frame: Buffer): Buffer {
    const message = frame.subarray(ICMP);
    message.writeUInt16BE(0, 2);
    message.writeUInt16BE(this.#id, 4);
    message.writeUInt16BE(this.#sent & 0xffff, 6);
    message.writeUInt16BE(internetChecksum(message), 2);
    return frame;
  }

  #numberOf({ src, ethertype, payload }: Frame): number | undefined {
    if (src !== this.#ends.guestMac || ethertype !== EtherType.IPV4 || payload.length < 28) return undefined;
    if (payload.readUInt8(9) !== 1 || payload.readUInt8(20) !== 0 || payload.readUInt16BE(24) !== this.#id)
      return undefined;
    return payload.readUInt16BE(26);
  }
}

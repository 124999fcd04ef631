import { Reader, Writer } from './bytes.ts';
import { ProtocolError } from './errors.ts';

/** Multipart types used here (OpenFlow 1.5 section 7.3.5). */
export const MultipartType = { DESC: 0, FLOW: 1, PORT_DESC: 13, FLOW_MONITOR: 16 } as const;

const REPLY_MORE = 1;

/** Body of an OFPT_MULTIPART_REQUEST. */
export function encodeMultipart(type: number, body: Uint8Array): Buffer {
  return new Writer().u16(type).u16(0).zeros(4).bytes(body).finish();
}

/** One part of a reply. */
export interface MultipartReply {
  readonly type: number;
  /** Another part with the same xid follows. */
  readonly more: boolean;
  readonly body: Buffer;
}

export function decodeMultipart(body: Buffer): MultipartReply {
  const reader = new Reader(body, 'multipart reply');
  const type = reader.u16();
  const more = (reader.u16() & REPLY_MORE) !== 0;
  return { type, more, body: reader.skip(4).rest() };
}

/**
 * Puts the parts of one reply together, each decoded as it comes. `accept` answers the whole once the last part is
 * in. Throws {@link ProtocolError} when a part is of another type, or the whole passes `limit` entries.
 */
export class MultipartCollector<T> {
  readonly #type: number;
  readonly #decode: (body: Buffer) => T[];
  readonly #limit: number;
  readonly #entries: T[] = [];
  #parts = 0;

  constructor(type: number, decode: (body: Buffer) => T[], limit: number) {
    this.#type = type;
    this.#decode = decode;
    this.#limit = limit;
  }

  accept(body: Buffer): T[] | undefined {
    const part = decodeMultipart(body);
    if (part.type !== this.#type)
      throw new ProtocolError(`a multipart reply of type ${part.type} to a request of type ${this.#type}`);
    for (const entry of this.#decode(part.body)) this.#entries.push(entry);
    this.#parts++;
    if (this.#entries.length > this.#limit || this.#parts > this.#limit)
      throw new ProtocolError(`a multipart reply of type ${this.#type} goes on past ${this.#limit} entries`);
    return part.more ? undefined : this.#entries;
  }
}

import { Writer } from './bytes.ts';
import { ProtocolError } from './errors.ts';

/** Wire versions this library speaks: OpenFlow 1.4 and OpenFlow 1.5. */
export type Version = 0x05 | 0x06;

/** Bytes of the header every message begins with: version, type, length, xid. */
export const HEADER_LENGTH = 8;

/** Message types used here, alike in OpenFlow 1.4 and 1.5 (section 7.1.1). */
export const MessageType = {
  HELLO: 0,
  ERROR: 1,
  ECHO_REQUEST: 2,
  ECHO_REPLY: 3,
  FEATURES_REQUEST: 5,
  FEATURES_REPLY: 6,
  SET_CONFIG: 9,
  PORT_STATUS: 12,
  FLOW_MOD: 14,
  MULTIPART_REQUEST: 18,
  MULTIPART_REPLY: 19,
  BARRIER_REQUEST: 20,
  BARRIER_REPLY: 21,
  SET_ASYNC: 28,
  BUNDLE_CONTROL: 33,
  BUNDLE_ADD_MESSAGE: 34,
} as const;

/** One received message; `body` is what follows the header. */
export interface Message {
  readonly version: number;
  readonly type: number;
  readonly xid: number;
  readonly body: Buffer;
}

/** A whole message, header and body, ready for the wire. Throws RangeError when it would exceed 65535 bytes. */
export function encodeMessage(version: number, type: number, xid: number, body: Uint8Array): Buffer {
  const writer = new Writer().u8(version).u8(type);
  return writer
    .u16(HEADER_LENGTH + body.length)
    .u32(xid)
    .bytes(body)
    .finish();
}

/**
 * Cuts a byte stream into messages by the length in their headers. At most one message (65535 bytes, the most a
 * header can announce) is ever held back, however the bytes arrive.
 */
export class MessageSplitter {
  /**
   * Once agreed on, the only version a header may have, errors excepted: what is not OpenFlow is found out by its first bytes. Open
   * vSwitch before 3.0 sends an error in OpenFlow 1.0 about a multipart request that it does not know.
   */
  version: number | undefined;
  #partial = Buffer.alloc(HEADER_LENGTH);
  #filled = 0;

  /** Messages completed by `chunk`, in order. Throws {@link ProtocolError} when a version or length cannot be true. */
  push(chunk: Buffer): Message[] {
    const messages: Message[] = [];
    let offset = 0;
    while (offset < chunk.length) {
      const available = chunk.length - offset;
      if (this.#filled === 0 && available >= HEADER_LENGTH) {
        const length = this.#messageLength(chunk, offset);
        if (available >= length) {
          messages.push(parse(chunk.subarray(offset, offset + length)));
          offset += length;
          continue;
        }
      }
      const taken = Math.min(this.#partial.length - this.#filled, available);
      this.#partial.set(chunk.subarray(offset, offset + taken), this.#filled);
      this.#filled += taken;
      offset += taken;
      this.#advance(messages);
    }
    return messages;
  }

  #advance(messages: Message[]): void {
    if (this.#filled < this.#partial.length) return;
    const length = this.#messageLength(this.#partial, 0);
    if (this.#filled < length) {
      const whole = Buffer.alloc(length);
      whole.set(this.#partial);
      this.#partial = whole;
      return;
    }
    messages.push(parse(this.#partial));
    this.#partial = Buffer.alloc(HEADER_LENGTH);
    this.#filled = 0;
  }

  #messageLength(bytes: Buffer, offset: number): number {
    const version = bytes.readUInt8(offset);
    const isError = bytes.readUInt8(offset + 1) === MessageType.ERROR && version >= 1 && version <= 6;
    if (this.version !== undefined && version !== this.version && !isError)
      throw new ProtocolError(
        `a message of version 0x${version.toString(16)} after 0x${this.version.toString(16)} was agreed`,
      );
    const length = bytes.readUInt16BE(offset + 2);
    if (length >= HEADER_LENGTH) return length;
    throw new ProtocolError(`a message announces ${length} bytes, less than its own header; this is not OpenFlow`);
  }
}

function parse(bytes: Buffer): Message {
  return {
    version: bytes.readUInt8(0),
    type: bytes.readUInt8(1),
    xid: bytes.readUInt32BE(4),
    body: bytes.subarray(HEADER_LENGTH),
  };
}

import { ProtocolError } from './errors.ts';

/** Bounds-checked, big-endian view of received bytes; reading past the end is a {@link ProtocolError}, never garbage. */
export class Reader {
  readonly #bytes: Buffer;
  readonly #what: string;
  #offset = 0;

  /** `what` names the structure in error messages. */
  constructor(bytes: Buffer, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  u16(): number {
    return this.#bytes.readUInt16BE(this.#advance(2));
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }

  u64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#advance(8));
  }

  skip(count: number): this {
    this.#advance(count);
    return this;
  }

  /** The next `count` bytes, sharing memory with the message. */
  bytes(count: number): Buffer {
    const start = this.#advance(count);
    return this.#bytes.subarray(start, start + count);
  }

  rest(): Buffer {
    return this.bytes(this.remaining);
  }

  /** The next structure, whose own u16 length (at `lengthAt` within it) counts its header of `minimum` bytes. */
  structure(lengthAt: number, minimum: number): Buffer {
    const start = this.#offset;
    const end = start + lengthAt + 2;
    if (end > this.#bytes.length) throw this.#short(lengthAt + 2);
    const length = this.#bytes.readUInt16BE(start + lengthAt);
    if (length < minimum)
      throw new ProtocolError(`${this.#what}: a structure claims ${length} bytes, less than ${minimum}`);
    return this.bytes(length);
  }

  #advance(count: number): number {
    if (count > this.remaining) throw this.#short(count);
    const start = this.#offset;
    this.#offset += count;
    return start;
  }

  #short(count: number): ProtocolError {
    return new ProtocolError(
      `${this.#what} ends early: ${count} more bytes were announced, ${this.remaining} are there`,
    );
  }
}

/** Grows as it is written; big-endian. Values must already be in range. */
export class Writer {
  #bytes = Buffer.alloc(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#grow(1);
    this.#bytes.writeUInt8(value, at);
    return this;
  }

  u16(value: number): this {
    const at = this.#grow(2);
    this.#bytes.writeUInt16BE(value, at);
    return this;
  }

  u32(value: number): this {
    const at = this.#grow(4);
    this.#bytes.writeUInt32BE(value, at);
    return this;
  }

  u64(value: bigint): this {
    const at = this.#grow(8);
    this.#bytes.writeBigUInt64BE(value, at);
    return this;
  }

  zeros(count: number): this {
    this.#grow(count);
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** Zeros up to the next multiple of eight counted from `start`. */
  pad8(start: number): this {
    return this.zeros(-(this.#length - start) & 7);
  }

  /** Overwrites the u16 at `offset`, for lengths known only afterwards. */
  patchU16(offset: number, value: number): this {
    this.#bytes.writeUInt16BE(value, offset);
    return this;
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(count: number): number {
    const start = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(this.#length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
    }
    return start;
  }
}

import { ProtocolError } from '../../src/ovsdb/errors.ts';

/** Bounds on what one message may cost. */
export interface SplitterLimits {
  /** Largest message, in bytes. */
  readonly maxMessageBytes: number;
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number;
}

/** A dump of 100 000 ports is about 60 MB; OVSDB itself nests 12 deep at most. */
export const defaultSplitterLimits: SplitterLimits = { maxMessageBytes: 256 * 1024 * 1024, maxDepth: 100 };

/** One undelimited JSON text, and where in it runs of 16 or more digits outside strings begin. */
export interface SplitMessage {
  readonly bytes: Buffer;
  readonly wideDigits: readonly number[];
}

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** 2^53 has 16 digits, so no shorter run can be an integer a double rounds. */
const wideRun = 16;

/**
 * Cuts a byte stream into the JSON objects that follow each other in it with nothing between them (RFC 7047 section 4).
 * Works on bytes, so a chunk may end anywhere, inside an escape or a UTF-8 sequence too. Looks at braces, brackets and
 * strings alone: whether the text is JSON is for the parser to say.
 */
export class JsonSplitter {
  readonly #limits: SplitterLimits;
  /** The begun message so far, in the first `#held` bytes. Grows by doubling: a peer that sends single bytes costs no more. */
  #buffer: Buffer = Buffer.alloc(0);
  #held = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #run = 0;
  #wideDigits: number[] = [];

  constructor(limits: SplitterLimits = defaultSplitterLimits) {
    this.#limits = limits;
  }

  /** Bytes held back because their message has not ended. */
  get pendingBytes(): number {
    return this.#held;
  }

  /**
   * Feeds one chunk and calls `onMessage` for each message that ends in it, in order.
   * @throws ProtocolError on bytes between messages other than white space, and beyond the limits; the stream is then lost
   */
  push(chunk: Buffer, onMessage: (message: SplitMessage) => void): void {
    let start = 0;
    let position = 0;
    while (position < chunk.length) {
      if (this.#depth === 0) {
        start = this.#findMessage(chunk, position);
        if (start === chunk.length) return;
        position = start;
      }
      position = this.#scan(chunk, position, start);
      this.#checkSize(position - start);
      if (this.#depth === 0) {
        onMessage(this.#finish(chunk.subarray(start, position)));
        start = position;
      }
    }
    if (this.#depth > 0) this.#hold(chunk.subarray(start));
  }

  #findMessage(chunk: Buffer, from: number): number {
    for (let index = from; index < chunk.length; index++) {
      const byte = chunk[index];
      if (byte === openBrace) return index;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
        const seen = JSON.stringify(chunk.toString('latin1', index, Math.min(index + 20, chunk.length)));
        throw new ProtocolError(`the peer sent ${seen} where a JSON object should begin: is it an OVSDB server?`);
      }
    }
    return chunk.length;
  }

  /** Reads on from `from` until the message or the chunk ends; returns the offset after the last byte read. */
  #scan(chunk: Buffer, from: number, messageStart: number): number {
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    let run = this.#run;
    let index = from;
    while (index < chunk.length) {
      const byte = chunk[index++] ?? 0;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) inString = false;
      } else if (byte >= 0x30 && byte <= 0x39) {
        if (++run === wideRun) this.#wideDigits.push(this.#held + index - messageStart - wideRun);
      } else {
        run = 0;
        if (byte === quote) inString = true;
        else if (byte === openBrace || byte === openBracket) {
          if (++depth > this.#limits.maxDepth) {
            throw new ProtocolError(`the peer sent a message nested deeper than ${this.#limits.maxDepth} levels`);
          }
        } else if ((byte === closeBrace || byte === closeBracket) && --depth === 0) break;
      }
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    this.#run = depth === 0 ? 0 : run;
    return index;
  }

  #checkSize(chunkBytes: number): void {
    if (this.#held + chunkBytes > this.#limits.maxMessageBytes) {
      throw new ProtocolError(`the peer sent a message larger than ${this.#limits.maxMessageBytes} bytes`);
    }
  }

  #hold(part: Buffer): void {
    const held = this.#held + part.length;
    if (held > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(held, 2 * this.#buffer.length));
      this.#buffer.copy(grown, 0, 0, this.#held);
      this.#buffer = grown;
    }
    part.copy(this.#buffer, this.#held);
    this.#held = held;
  }

  #finish(tail: Buffer): SplitMessage {
    const wideDigits = this.#wideDigits;
    this.#wideDigits = [];
    if (this.#held === 0) return { bytes: tail, wideDigits };
    this.#hold(tail);
    const bytes = this.#buffer.subarray(0, this.#held);
    this.#buffer = Buffer.alloc(0);
    this.#held = 0;
    return { bytes, wideDigits };
  }
}

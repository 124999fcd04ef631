import { parseJson } from './json.ts';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  isDigit,
  isSpace,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  WIDE_RUN,
} from './json-bytes.ts';
import { checkDepth, type JsonLimits } from './json-limits.ts';
import type { PieceKind } from './json-outline.ts';
import type { Json } from './json-value.ts';

/** A buffer for a piece that chunks share is kept up to this size, in bytes. */
const KEPT_BUFFER = 64 * 1024;

/** A piece of a message that is read byte by byte, over as many chunks as it takes. */
export class JsonPiece {
  readonly #limits: JsonLimits;
  #kind: PieceKind | undefined;
  /** Levels that are open around the piece, and within it. */
  #outerDepth = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #run = 0;
  #wideDigits: number[] = [];
  /** The part of the piece that came in earlier chunks, in the first `#held` bytes. */
  #buffer: Buffer = Buffer.alloc(0);
  #held = 0;

  constructor(limits: JsonLimits) {
    this.#limits = limits;
  }

  get isUnderWay(): boolean {
    return this.#kind !== undefined;
  }

  /** Bytes held back because the piece has not ended. */
  get held(): number {
    return this.#held;
  }

  begin(kind: PieceKind, outerDepth: number): void {
    this.#kind = kind;
    this.#outerDepth = outerDepth;
  }

  /**
   * Reads on in `chunk` until the piece or the chunk ends. Returns where that was; `value` is what the piece says once it has ended.
   * @throws ProtocolError when it is no JSON or nests too deep
   */
  read(chunk: Buffer, from: number): { readonly end: number; readonly value: Json | undefined } {
    const { end, isWhole } = this.#kind === 'word' ? this.#scanWord(chunk, from) : this.#scan(chunk, from);
    const part = chunk.subarray(from, end);
    if (!isWhole) {
      this.#hold(part);
      return { end, value: undefined };
    }
    const value = parseJson(this.#whole(part), this.#wideDigits);
    this.#kind = undefined;
    this.#held = 0;
    this.#run = 0;
    if (this.#wideDigits.length > 0) this.#wideDigits = [];
    if (this.#buffer.length > KEPT_BUFFER) this.#buffer = Buffer.alloc(0);
    return { end, value };
  }

  /** Numbers and words end before the byte that separates them from what follows. */
  #scanWord(chunk: Buffer, from: number): { readonly end: number; readonly isWhole: boolean } {
    for (let index = from; index < chunk.length; index += 1) {
      const byte = chunk[index] ?? 0;
      if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte) || byte < 0x20) {
        return { end: index, isWhole: true };
      }
      this.#run = isDigit(byte) ? this.#run + 1 : 0;
      if (this.#run === WIDE_RUN) this.#wideDigits.push(this.#held + index + 1 - from - WIDE_RUN);
    }
    return { end: chunk.length, isWhole: false };
  }

  /** Strings, and objects and arrays below the outer levels, end with the byte that closes them. */
  #scan(chunk: Buffer, from: number): { readonly end: number; readonly isWhole: boolean } {
    // Locals: members of an object would be written to memory with every byte.
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    let run = this.#run;
    let index = from;
    let isWhole = false;
    while (index < chunk.length && !isWhole) {
      const byte = chunk[index++] ?? 0;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) {
          inString = false;
          isWhole = depth === 0;
        }
      } else if (isDigit(byte)) {
        if (++run === WIDE_RUN) this.#wideDigits.push(this.#held + index - from - WIDE_RUN);
      } else {
        run = 0;
        if (byte === QUOTE) inString = true;
        else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) checkDepth(this.#outerDepth + ++depth, this.#limits);
        else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) isWhole = --depth === 0;
      }
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    this.#run = run;
    return { end: index, isWhole };
  }

  #whole(part: Buffer): Buffer {
    if (this.#held === 0) return part;
    this.#hold(part);
    return this.#buffer.subarray(0, this.#held);
  }

  /** Grows by doubling, so that a peer that sends single bytes costs no more. */
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
}

import { ProtocolError } from './errors.ts';
import { isSpace, OPEN_BRACE } from './json-bytes.ts';
import { JsonGuess, plainText, type PlainText } from './json-guess.ts';
import { defaultJsonLimits, type JsonLimits } from './json-limits.ts';
import { JsonOutline } from './json-outline.ts';
import { JsonPiece } from './json-piece.ts';
import type { Json } from './json-value.ts';

/** Bytes as they came, and the same as text where that can be had. */
interface Chunk {
  readonly bytes: Buffer;
  readonly text: PlainText | undefined;
}

/**
 * Reads the JSON objects that follow each other in a byte stream with nothing between them (RFC 7047 section 4). Each chunk
 * is parsed as far as it goes when it is read, so the end of a message of 200 MB costs no more than its middle, and none of
 * its text is kept. A chunk may end anywhere, inside an escape or a UTF-8 sequence too.
 */
export class JsonReader {
  readonly #limits: JsonLimits;
  readonly #outline: JsonOutline;
  readonly #piece: JsonPiece;
  readonly #guess: JsonGuess;
  #chunks: Chunk[] = [];
  #position = 0;
  /** Bytes of the present message that have been read. */
  #size = 0;

  constructor(limits: JsonLimits = defaultJsonLimits) {
    this.#limits = limits;
    this.#outline = new JsonOutline(limits);
    this.#piece = new JsonPiece(limits);
    this.#guess = new JsonGuess(limits.maxDepth);
  }

  /** Bytes held back because their piece of a message has not ended. */
  get pendingBytes(): number {
    return this.#piece.held;
  }

  /** Adds what `next` reads. */
  push(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#chunks.push({ bytes, text: plainText(bytes) });
  }

  /**
   * The next whole message; undefined when more bytes are needed.
   * @throws ProtocolError where the stream is no JSON, and beyond the limits; the stream is then lost
   */
  next(): Json | undefined {
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const message = this.#read(chunk);
      if (this.#position === chunk.bytes.length) {
        this.#chunks.shift();
        this.#position = 0;
      }
      if (message !== undefined) return message;
    }
    return undefined;
  }

  /** Reads on in `chunk` until a message or the chunk ends. */
  #read(chunk: Chunk): Json | undefined {
    while (this.#position < chunk.bytes.length) {
      const begin = this.#position;
      let message: Json | undefined;
      if (this.#piece.isUnderWay) this.#readPiece(chunk);
      else message = this.#readByte(chunk);
      this.#size += this.#position - begin;
      if (this.#size > this.#limits.maxMessageBytes) {
        throw new ProtocolError(`the peer sent a message larger than ${this.#limits.maxMessageBytes} bytes`);
      }
      if (this.#outline.depth === 0) this.#size = 0;
      if (message !== undefined) return message;
    }
    return undefined;
  }

  /** Reads the byte that stands between pieces, or the piece that begins with it. */
  #readByte(chunk: Chunk): Json | undefined {
    const { bytes, text } = chunk;
    const byte = bytes[this.#position] ?? 0;
    if (isSpace(byte)) {
      this.#position += 1;
      return undefined;
    }
    const { depth } = this.#outline;
    if (depth === 0) {
      if (byte !== OPEN_BRACE) throw garbage(bytes, this.#position);
      const whole = text === undefined ? undefined : this.#guess.message(text, this.#position);
      if (whole !== undefined) {
        this.#position = whole.end;
        return whole.value;
      }
    }
    const kind = this.#outline.take(byte);
    if (kind === undefined) {
      this.#position += 1;
      return this.#outline.takeFinished();
    }
    const guessed = text === undefined ? undefined : this.#guess.piece(text, this.#position, kind, depth);
    if (guessed === undefined) this.#piece.begin(kind, depth);
    else {
      this.#position = guessed.end;
      this.#outline.place(guessed.value);
    }
    return undefined;
  }

  #readPiece({ bytes }: Chunk): void {
    const { end, value } = this.#piece.read(bytes, this.#position);
    this.#position = end;
    if (value !== undefined) this.#outline.place(value);
  }
}

function garbage(chunk: Buffer, at: number): ProtocolError {
  const seen = JSON.stringify(chunk.toString('latin1', at, Math.min(at + 20, chunk.length)));
  return new ProtocolError(`the peer sent ${seen} where a JSON object should begin: is it an OVSDB server?`);
}

import { ProtocolError } from './errors.ts';
import { parseJson } from './json.ts';
import { noteMemberNames, type Json } from './json-value.ts';

/** Bounds on what one message may cost. */
export interface JsonLimits {
  /** Largest message, in bytes. */
  readonly maxMessageBytes: number;
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number;
}

/** A dump of 100 000 ports is about 60 MB; OVSDB itself nests 12 deep at most. */
export const defaultJsonLimits: JsonLimits = { maxMessageBytes: 256 * 1024 * 1024, maxDepth: 100 };

/**
 * So many levels are put together here; what stands deeper goes to JSON.parse in one piece. In the reply of a monitor that is
 * a row: message, result, table updates, table, row.
 */
const OUTER_LEVELS = 4;

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const colon = 0x3a;
const zero = 0x30;
const nine = 0x39;

/** 2^53 has 16 digits, so no shorter run can be an integer a double rounds. */
const wideRun = 16;

/** Objects of more members have their names noted. */
const FEW = 1000;

/** A buffer for a piece that two chunks share is kept up to this size, in bytes. */
const keptBuffer = 64 * 1024;

/** An object or array of the outer levels, begun and not ended. */
interface Frame {
  readonly members: Record<string, Json> | undefined;
  readonly elements: Json[];
  /** Of the members, in order, each once. */
  readonly names: string[];
  key: string;
}

/** What may come next between two pieces. */
type Expected = 'key or end' | 'key' | 'colon' | 'value or end' | 'value' | 'comma or end';

/**
 * Reads the JSON objects that follow each other in a byte stream with nothing between them (RFC 7047 section 4). Each chunk
 * is parsed as far as it goes when it is read, so the end of a message of 200 MB costs no more than its middle, and none of
 * its text is kept. A chunk may end anywhere, inside an escape or a UTF-8 sequence too.
 */
export class JsonReader {
  readonly #limits: JsonLimits;
  #chunks: Buffer[] = [];
  #position = 0;
  #frames: Frame[] = [];
  #expected: Expected = 'value';
  /** Bytes of the present message that have been read. */
  #size = 0;

  /** The piece under way: a string, a number or word, or a whole object or array below the outer levels. */
  #piece: 'string' | 'word' | 'nested' | undefined;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #run = 0;
  #wideDigits: number[] = [];
  /** The part of the piece that came in earlier chunks, in the first `#held` bytes. */
  #buffer: Buffer = Buffer.alloc(0);
  #held = 0;

  constructor(limits: JsonLimits = defaultJsonLimits) {
    this.#limits = limits;
  }

  /** Bytes held back because their piece of a message has not ended. */
  get pendingBytes(): number {
    return this.#held;
  }

  /** Adds what `next` reads. */
  push(chunk: Buffer): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
  }

  /**
   * The next whole message; undefined when more bytes are needed.
   * @throws ProtocolError where the stream is no JSON, and beyond the limits; the stream is then lost
   */
  next(): Json | undefined {
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const message = this.#read(chunk);
      if (this.#position === chunk.length) {
        this.#chunks.shift();
        this.#position = 0;
      }
      if (message !== undefined) return message;
    }
    return undefined;
  }

  /** Reads on in `chunk` until a message or the chunk ends. */
  #read(chunk: Buffer): Json | undefined {
    while (this.#position < chunk.length) {
      const begin = this.#position;
      let message: Json | undefined;
      if (this.#piece === undefined) message = this.#readToken(chunk);
      else this.#readPiece(chunk);
      this.#size = this.#frames.length === 0 ? 0 : this.#size + this.#position - begin;
      if (this.#size > this.#limits.maxMessageBytes) {
        throw new ProtocolError(`the peer sent a message larger than ${this.#limits.maxMessageBytes} bytes`);
      }
      if (message !== undefined) return message;
    }
    return undefined;
  }

  /** Reads one byte of the outer levels, or begins a piece. */
  #readToken(chunk: Buffer): Json | undefined {
    const byte = chunk[this.#position] ?? 0;
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      this.#position++;
      return undefined;
    }
    if (this.#frames.length === 0 && byte !== openBrace) throw garbage(chunk, this.#position);
    switch (this.#expected) {
      case 'colon':
        this.#take(byte === colon, 'value');
        return undefined;
      case 'comma or end':
        if (byte === closeBrace || byte === closeBracket) return this.#end(byte);
        this.#take(byte === comma, this.#frames.at(-1)?.members === undefined ? 'value' : 'key');
        return undefined;
      case 'key or end':
      case 'key':
        if (byte === closeBrace && this.#expected === 'key or end') return this.#end(byte);
        if (byte !== quote) throw notJson();
        this.#piece = 'string';
        return undefined;
      case 'value or end':
      case 'value':
        if (byte === closeBracket && this.#expected === 'value or end') return this.#end(byte);
        this.#beginValue(byte);
        return undefined;
    }
  }

  #take(right: boolean, next: Expected): void {
    if (!right) throw notJson();
    this.#position++;
    this.#expected = next;
  }

  #beginValue(byte: number): void {
    if (byte === openBrace || byte === openBracket) {
      if (this.#frames.length === OUTER_LEVELS) {
        this.#piece = 'nested';
        return;
      }
      const isObject = byte === openBrace;
      this.#frames.push({ members: isObject ? {} : undefined, elements: [], names: [], key: '' });
      this.#checkDepth(this.#frames.length);
      this.#position++;
      this.#expected = isObject ? 'key or end' : 'value or end';
    } else if (byte === quote) this.#piece = 'string';
    else if (byte === comma || byte === colon || byte === closeBrace || byte === closeBracket) throw notJson();
    else this.#piece = 'word';
  }

  /** Ends the innermost frame; returns the message when that was the outermost. */
  #end(byte: number): Json | undefined {
    const frame = this.#frames.pop();
    if (frame === undefined || (byte === closeBrace) !== (frame.members !== undefined)) throw notJson();
    this.#position++;
    const value = frame.members ?? frame.elements;
    if (frame.members !== undefined && frame.names.length > FEW) noteMemberNames(frame.members, frame.names);
    this.#expected = 'value';
    if (this.#frames.length === 0) return value;
    this.#place(value);
    return undefined;
  }

  #place(value: Json): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return;
    const { members, key } = frame;
    if (members !== undefined && !Object.hasOwn(members, key)) frame.names.push(key);
    if (members === undefined) frame.elements.push(value);
    else if (key === '__proto__') {
      Object.defineProperty(members, key, { value, enumerable: true, configurable: true, writable: true });
    } else members[key] = value;
    this.#expected = 'comma or end';
  }

  #readPiece(chunk: Buffer): void {
    const begin = this.#position;
    const ended = this.#piece === 'word' ? this.#scanWord(chunk) : this.#scanPiece(chunk);
    const part = chunk.subarray(begin, this.#position);
    if (!ended) {
      this.#hold(part);
      return;
    }
    const value = parseJson(this.#whole(part), this.#wideDigits);
    this.#piece = undefined;
    this.#held = 0;
    this.#run = 0;
    if (this.#wideDigits.length > 0) this.#wideDigits = [];
    if (this.#buffer.length > keptBuffer) this.#buffer = Buffer.alloc(0);
    const frame = this.#frames.at(-1);
    if ((this.#expected === 'key' || this.#expected === 'key or end') && frame !== undefined) {
      // A piece that begins with a quote is a string.
      frame.key = typeof value === 'string' ? value : '';
      this.#expected = 'colon';
    } else this.#place(value);
  }

  /** Numbers and words end before the byte that separates them from what follows. */
  #scanWord(chunk: Buffer): boolean {
    const begin = this.#position;
    while (this.#position < chunk.length) {
      const byte = chunk[this.#position] ?? 0;
      if (byte === comma || byte === closeBrace || byte === closeBracket || byte <= 0x20) return true;
      this.#position++;
      this.#run = byte >= zero && byte <= nine ? this.#run + 1 : 0;
      if (this.#run === wideRun) this.#wideDigits.push(this.#held + this.#position - begin - wideRun);
    }
    return false;
  }

  /** Strings, and objects and arrays below the outer levels, end with the byte that closes them. */
  #scanPiece(chunk: Buffer): boolean {
    const begin = this.#position;
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    let run = this.#run;
    let index = begin;
    let ended = false;
    while (index < chunk.length && !ended) {
      const byte = chunk[index++] ?? 0;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) {
          inString = false;
          ended = depth === 0;
        }
      } else if (byte >= zero && byte <= nine) {
        if (++run === wideRun) this.#wideDigits.push(this.#held + index - begin - wideRun);
      } else {
        run = 0;
        if (byte === quote) inString = true;
        else if (byte === openBrace || byte === openBracket) this.#checkDepth(this.#frames.length + ++depth);
        else if (byte === closeBrace || byte === closeBracket) ended = --depth === 0;
      }
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    this.#run = run;
    this.#position = index;
    return ended;
  }

  #checkDepth(depth: number): void {
    if (depth > this.#limits.maxDepth) {
      throw new ProtocolError(`the peer sent a message nested deeper than ${this.#limits.maxDepth} levels`);
    }
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

function garbage(chunk: Buffer, at: number): ProtocolError {
  const seen = JSON.stringify(chunk.toString('latin1', at, Math.min(at + 20, chunk.length)));
  return new ProtocolError(`the peer sent ${seen} where a JSON object should begin: is it an OVSDB server?`);
}

function notJson(): ProtocolError {
  return new ProtocolError('the peer sent a message that is not JSON');
}

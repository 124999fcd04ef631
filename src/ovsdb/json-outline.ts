import { ProtocolError } from './errors.ts';
import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './json-bytes.ts';
import { checkDepth, type JsonLimits } from './json-limits.ts';
import { noteMemberNames, type Json } from './json-value.ts';

/**
 * So many levels are put together here; what stands deeper goes to JSON.parse in one piece. In the reply of a monitor that is
 * a row: message, result, table updates, table, row.
 */
const OUTER_LEVELS = 4;

/** Objects of more members have their names noted. */
const FEW = 1000;

/** A piece of a message: a string, a number or word, or a whole object or array below the outer levels. */
export type PieceKind = 'string' | 'word' | 'nested';

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

/** The outer levels of a message: takes what stands between pieces byte by byte, and puts the pieces in their places. */
export class JsonOutline {
  readonly #limits: JsonLimits;
  readonly #frames: Frame[] = [];
  #expected: Expected = 'value';
  #finished: Json | undefined;

  constructor(limits: JsonLimits) {
    this.#limits = limits;
  }

  /** How many levels are open; none between messages. */
  get depth(): number {
    return this.#frames.length;
  }

  /** The message that the last byte ended; once. */
  takeFinished(): Json | undefined {
    const finished = this.#finished;
    this.#finished = undefined;
    return finished;
  }

  /**
   * Takes a byte that stands between pieces, or says which kind of piece begins with it.
   * @throws ProtocolError where no such byte may stand
   */
  take(byte: number): PieceKind | undefined {
    switch (this.#expected) {
      case 'colon':
        this.#separate(byte === COLON, 'value');
        return undefined;
      case 'comma or end':
        if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#end(byte);
        else this.#separate(byte === COMMA, this.#frames.at(-1)?.members === undefined ? 'value' : 'key');
        return undefined;
      case 'key or end':
      case 'key':
        if (byte === QUOTE) return 'string';
        if (byte !== CLOSE_BRACE || this.#expected === 'key') throw notJson();
        this.#end(byte);
        return undefined;
      case 'value or end':
      case 'value':
        if (byte !== CLOSE_BRACKET || this.#expected === 'value') return this.#beginValue(byte);
        this.#end(byte);
        return undefined;
    }
  }

  /** Puts what the piece that ended says in its place: a key, a member or an element. */
  place(value: Json): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return;
    if (this.#expected === 'key' || this.#expected === 'key or end') {
      // A piece that begins with a quote is a string.
      frame.key = typeof value === 'string' ? value : '';
      this.#expected = 'colon';
      return;
    }
    const { members, key } = frame;
    if (members !== undefined && !Object.hasOwn(members, key)) frame.names.push(key);
    if (members === undefined) frame.elements.push(value);
    else if (key === '__proto__') {
      Object.defineProperty(members, key, { value, enumerable: true, configurable: true, writable: true });
    } else members[key] = value;
    this.#expected = 'comma or end';
  }

  #separate(isRight: boolean, next: Expected): void {
    if (!isRight) throw notJson();
    this.#expected = next;
  }

  #beginValue(byte: number): PieceKind | undefined {
    if (byte === QUOTE) return 'string';
    if (byte === COMMA || byte === COLON || byte === CLOSE_BRACE || byte === CLOSE_BRACKET) throw notJson();
    if (byte !== OPEN_BRACE && byte !== OPEN_BRACKET) return 'word';
    if (this.#frames.length === OUTER_LEVELS) return 'nested';
    const isObject = byte === OPEN_BRACE;
    this.#frames.push({ members: isObject ? {} : undefined, elements: [], names: [], key: '' });
    checkDepth(this.#frames.length, this.#limits);
    this.#expected = isObject ? 'key or end' : 'value or end';
    return undefined;
  }

  #end(byte: number): void {
    const frame = this.#frames.pop();
    if (frame === undefined || (byte === CLOSE_BRACE) !== (frame.members !== undefined)) throw notJson();
    const value = frame.members ?? frame.elements;
    if (frame.members !== undefined && frame.names.length > FEW) noteMemberNames(frame.members, frame.names);
    this.#expected = 'value';
    if (this.#frames.length === 0) this.#finished = value;
    else this.place(value);
  }
}

function notJson(): ProtocolError {
  return new ProtocolError('the peer sent a message that is not JSON');
}

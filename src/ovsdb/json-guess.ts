import { isAscii } from 'node:buffer';
import { CLOSE_BRACE, isDigit, WIDE_RUN } from './json-bytes.ts';
import type { PieceKind } from './json-outline.ts';
import type { Json } from './json-value.ts';

/** A chunk of ASCII as text, so that a character is a byte. */
export interface PlainText {
  readonly text: string;
  /** Where the first run of digits begins that may be an integer which a double rounds. */
  readonly plain: number;
}

/** A value of a message, and where its text ends. */
export interface Guessed {
  readonly value: Json;
  readonly end: number;
}

/** After a wrong guess so many pieces are read byte by byte. */
const REST = 32;

/**
 * Finds where a piece of a message ends by a guess that the engine can make at once, and has JSON.parse prove it: no proper part from the
 * beginning of an object, or of a string, is itself one, so a text that JSON.parse takes is the whole piece and nothing more. Where there is no
 * guess, a wrong one, or one that may hold what JSON.parse does not see (wide integers, too many levels), the piece is read byte by byte.
 * That takes several times as long, and is the truth.
 */
export class JsonGuess {
  readonly #maxDepth: number;
  #rest = 0;

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  /** The message that begins at `from`, if it ends in what is `plain`. */
  message({ text, plain }: PlainText, from: number): Guessed | undefined {
    const next = text.indexOf('}{', from);
    const end = next < 0 ? text.length : next + 1;
    return end <= plain && text.charCodeAt(end - 1) === CLOSE_BRACE ? this.#parse(text, from, end, 0) : undefined;
  }

  /** The piece that begins at `from`, `depth` levels deep, if it ends in what is `plain`. */
  piece({ text, plain }: PlainText, from: number, kind: PieceKind, depth: number): Guessed | undefined {
    const end = kind === 'string' ? text.indexOf('"', from + 1) + 1 : kind === 'nested' ? endOfObject(text, from) : 0;
    return end > 0 && end <= plain ? this.#parse(text, from, end, depth) : undefined;
  }

  #parse(text: string, from: number, end: number, depth: number): Guessed | undefined {
    if (this.#rest > 0) {
      this.#rest -= 1;
      return undefined;
    }
    const part = text.slice(from, end);
    if (!this.#isShallow(part, depth)) return undefined;
    try {
      return { value: JSON.parse(part) as Json, end };
    } catch {
      this.#rest = REST;
      return undefined;
    }
  }

  /** Whether it opens so few levels, one after the other or one in the other, that it cannot be too deep. */
  #isShallow(part: string, depth: number): boolean {
    let opened = depth;
    for (const open of ['[', '{']) {
      for (let at = part.indexOf(open); at >= 0; at = part.indexOf(open, at + 1)) {
        opened += 1;
        if (opened > this.#maxDepth) return false;
      }
    }
    return true;
  }
}

/** Where an object ends whose members hold objects at their ends alone, as a row of OVSDB's does; 0 where it has to be looked for. */
function endOfObject(text: string, from: number): number {
  if (!text.startsWith('{', from)) return 0;
  let end = text.indexOf('}', from) + 1;
  const first = end;
  for (let open = text.indexOf('{', from + 1); open >= 0 && open < first; open = text.indexOf('{', open + 1)) {
    if (text.charCodeAt(end) !== CLOSE_BRACE) return 0;
    end += 1;
  }
  return end;
}

/** The chunk as text in which guesses can be made; undefined for one that is not all ASCII. */
export function plainText(bytes: Buffer): PlainText | undefined {
  return isAscii(bytes) ? { text: bytes.toString('latin1'), plain: firstWideRun(bytes) } : undefined;
}

/** Where the first run of so many digits begins, in a string or outside. Of each such run, one byte stands at a multiple of its length. */
function firstWideRun(bytes: Buffer): number {
  for (let at = 0; at < bytes.length; at += WIDE_RUN) {
    if (!isDigit(bytes[at] ?? 0)) continue;
    let from = at;
    while (isDigit(bytes[from - 1] ?? 0)) from -= 1;
    let to = at + 1;
    while (to - from < WIDE_RUN && isDigit(bytes[to] ?? 0)) to += 1;
    if (to - from >= WIDE_RUN) return from;
  }
  return bytes.length;
}

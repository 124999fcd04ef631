import { isUtf8 } from 'node:buffer';
import { XmlRefused } from './errors.ts';

/** What is read of an element: all of it, some of its children, or the children that are of one of `namespaces`. */
export type Selection = 'all' | ReadonlyMap<string, Selection> | { readonly namespaces: readonly string[] };

/** What may be left of a document for elements to be made of: many times what the NICs of a domain take. */
export const MAX_READ_BYTES = 256 * 1024;
const MAX_DEPTH = 100;

const BANG = 0x21;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const GREATER = 0x3e;
const QUESTION = 0x3f;

/**
 * The document without the elements that `selection`, by the name of the root, does not speak of. Others may write what they
 * like, and as much, into a domain's description; it costs some ten milliseconds a megabyte to step over, and a hundred times
 * as much to make elements of. Only the nesting of what is left out is checked.
 *
 * Throws XmlRefused if the document is not UTF-8, if its tags do not nest or nest deeper than 100 levels, if it declares a
 * document type, or if more than MAX_READ_BYTES remain.
 */
export function prune(bytes: Uint8Array, file: string, selection: ReadonlyMap<string, Selection>): Uint8Array {
  if (!isUtf8(bytes)) throw new XmlRefused('not-utf8', file, 'it is not UTF-8');
  // Markup is ASCII, so that a character of this text is a byte of the document.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const walk = new Walk(selection);
  for (let at = text.indexOf('<'); at >= 0;) {
    const end = walk.step(text, at);
    if (typeof end === 'string') throw new XmlRefused(end === DOCTYPE ? 'doctype' : 'malformed', file, end);
    at = text.indexOf('<', end);
  }
  if (walk.depth > 0) throw new XmlRefused('malformed', file, 'it is not well formed (it ends within an element)');
  const kept = walk.kept(bytes);
  if (kept.length > MAX_READ_BYTES) {
    throw new XmlRefused('too-large', file, `it has more than ${MAX_READ_BYTES} bytes of what is read of it`);
  }
  return kept;
}

const DOCTYPE = 'it declares a document type or an entity';
const MISNESTED = 'it is not well formed (its tags do not nest)';

/** A walk over the tags of a document, which notes the ranges to leave out. */
class Walk {
  /** The names of the elements that are open. */
  readonly #open: string[] = [];
  /** Of those that are read in part, from the root: what is read of each, and its start tag. */
  readonly #selections: Selection[];
  readonly #tags: string[] = [];
  /** How many elements are open around the one that is kept or left out as a whole. */
  #decidedAt = Infinity;
  #droppedFrom: number | undefined;
  readonly #dropped: (readonly [from: number, to: number])[] = [];

  constructor(root: ReadonlyMap<string, Selection>) {
    this.#selections = [root];
  }

  get depth(): number {
    return this.#open.length;
  }

  /** Takes the markup that begins `at`. Returns where it ends, or what is wrong with it. */
  step(text: string, at: number): number | string {
    const kind = text.charCodeAt(at + 1);
    if (kind === BANG) {
      if (text.startsWith('<!--', at)) return after(text, '-->', at + 4);
      return text.startsWith('<![CDATA[', at) ? after(text, ']]>', at + 9) : DOCTYPE;
    }
    if (kind === QUESTION) return after(text, '?>', at + 2);
    const end = endOfTag(text, at + 1);
    if (end < 0) return 'it is not well formed (a tag has no end)';
    return kind === SLASH ? this.#close(text, at, end) : this.#begin(text, at, end);
  }

  /** What is left of the document. */
  kept(bytes: Uint8Array): Uint8Array {
    const pieces: Uint8Array[] = [];
    let from = 0;
    for (const [start, end] of this.#dropped) {
      pieces.push(bytes.subarray(from, start));
      from = end;
    }
    return pieces.length === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(from)]);
  }

  #begin(text: string, at: number, end: number): number | string {
    const empty = text.charCodeAt(end - 2) === SLASH;
    if (empty && this.#decidedAt !== Infinity) return end;
    const name = nameAt(text, at + 1);
    if (this.#decidedAt === Infinity) {
      const tag = text.slice(at, end);
      const selected = this.#select(name, tag);
      if (selected === undefined && empty) this.#dropped.push([at, end]);
      else if (selected === undefined) this.#droppedFrom = at;
      if (!empty) {
        if (selected === undefined || selected === 'all') this.#decidedAt = this.#open.length;
        else {
          this.#selections.push(selected);
          this.#tags.push(tag);
        }
      }
    }
    if (!empty) this.#open.push(name);
    return this.#open.length > MAX_DEPTH ? 'it is not well formed (it nests too deep)' : end;
  }

  #close(text: string, at: number, end: number): number | string {
    if (this.#open.pop() !== text.slice(at + 2, end - 1).trimEnd()) return MISNESTED;
    if (this.#decidedAt === Infinity) {
      this.#selections.pop();
      this.#tags.pop();
    } else if (this.#open.length === this.#decidedAt) {
      if (this.#droppedFrom !== undefined) this.#dropped.push([this.#droppedFrom, end]);
      this.#droppedFrom = undefined;
      this.#decidedAt = Infinity;
    }
    return end;
  }

  /** What is read of a child of the innermost element; undefined for nothing. A root that nobody expects is the parser's to refuse. */
  #select(name: string, tag: string): Selection | undefined {
    const parent = this.#selections.at(-1);
    if (parent === undefined || parent === 'all') return 'all';
    if ('get' in parent) return parent.get(name) ?? (this.#open.length === 0 ? 'all' : undefined);
    // A declaration may stand on an element around it; whether it holds for this one is the reader's to tell.
    const tags = [tag, ...this.#tags];
    return parent.namespaces.some((uri) => tags.some((one) => one.includes(uri))) ? 'all' : undefined;
  }
}

function after(text: string, mark: string, from: number): number | string {
  const at = text.indexOf(mark, from);
  return at < 0 ? 'it is not well formed (a comment, CDATA section or instruction has no end)' : at + mark.length;
}

/** Behind the `>` that ends the tag, which may hold others in its attributes; -1 for none. */
function endOfTag(text: string, from: number): number {
  let quote = 0;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (quote !== 0) quote = code === quote ? 0 : quote;
    else if (code === GREATER) return at + 1;
    else if (code === QUOTE || code === APOSTROPHE) quote = code;
  }
  return -1;
}

/** The name that begins there: up to a blank, a slash or the end of the tag. */
function nameAt(text: string, from: number): string {
  let to = from;
  for (let code = text.charCodeAt(to); code > 0x20 && code !== SLASH && code !== GREATER; code = text.charCodeAt(to)) {
    to += 1;
  }
  return text.slice(from, to);
}

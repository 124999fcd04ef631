import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, Parser } from 'yaml';
import type { CST, Document, Node } from 'yaml';
import type { Place, Problem } from './error.ts';
import { child } from './pointer.ts';
import type { Pointer } from './pointer.ts';

const MAX_DEPTH = 16;
/** Open nodes while parsing: those of MAX_DEPTH, the document, and scalars on their way to become keys. */
const MAX_OPEN_TOKENS = 40;
const TOO_DEEP = `nested too deeply; at most ${MAX_DEPTH} levels are allowed`;
const MAX_NODES = 50_000;
const MAX_ALIASES = 100;

/** A parsed value that remembers where each of its parts was written. */
export interface Located {
  readonly value: unknown;
  /** The place of the value at `pointer`, or of the key that names it; of the nearest parent when it is absent. */
  locate(pointer: Pointer, what?: 'key' | 'value'): Place;
}

/**
 * Parses one YAML 1.2 document into plain data, and keeps the place of each key and value.
 * An empty document is an empty map. Work and memory are bounded whatever the text says: aliases, nesting and the number of
 * nodes after expansion are capped.
 * @returns the value, and the problems in the syntax; the value is usable only when there are none.
 */
export const readDocument = (file: string, text: string): { located: Located; problems: Problem[] } => {
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const walker = new Walker(place);
  let value: unknown = {};
  const complain = (offset: number, message: string): void => void walker.problems.push({ ...place(offset), message });
  const [document, ...others] = compose(text, lines, (offset) => {
    complain(offset, TOO_DEEP);
  });
  for (const error of [...(document?.errors ?? []), ...(document?.warnings ?? [])]) {
    complain(error.pos[0], `not valid YAML 1.2: ${lowerFirst(error.message)}`);
  }
  for (const other of others)
    complain(other.range[0], 'a second document begins here; a configuration is a single one');
  if (document !== undefined && walker.problems.length === 0) value = walker.read(document);
  return {
    located: { value, locate: (pointer, what = 'value') => walker.locate(pointer, what) },
    problems: walker.problems,
  };
};

/** The documents in `text`, or none and a call of `tooDeep` with an offset. */
const compose = (text: string, lines: LineCounter, tooDeep: (offset: number) => void): Document.Parsed[] => {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    // Composing recurses: deep nesting would exhaust the stack, which in the midst of a regular expression ends the process.
    if (parser.stack.length > MAX_OPEN_TOKENS) {
      tooDeep(parser.offset);
      return [];
    }
  }
  tokens.push(...parser.end());
  const composer = new Composer({
    prettyErrors: false,
    // The walker reports duplicates itself, in linear time and with both places.
    uniqueKeys: false,
    stringKeys: true,
    resolveKnownTags: false,
  });
  return [...composer.compose(tokens, true, text.length)] as Document.Parsed[];
};

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** Turns nodes into data once, under a budget that aliases cannot multiply past. */
class Walker {
  readonly problems: Problem[] = [];
  readonly #keys = new Map<Pointer, number>();
  readonly #values = new Map<Pointer, number>();
  readonly #place: (offset: number) => Place;
  #document: Document.Parsed | undefined;
  #nodes = 0;
  #aliases = 0;

  constructor(place: (offset: number) => Place) {
    this.#place = place;
  }

  read(document: Document.Parsed): unknown {
    this.#document = document;
    const root = document.contents;
    if (root === null || (isScalar(root) && root.value === null)) return {};
    return this.#convert(root, '', 0, root.range[0]);
  }

  locate(pointer: Pointer, what: 'key' | 'value'): Place {
    const found = (what === 'key' ? this.#keys.get(pointer) : undefined) ?? this.#values.get(pointer);
    if (found !== undefined) return this.#place(found);
    return pointer === '' ? this.#place(0) : this.locate(pointer.slice(0, pointer.lastIndexOf('/')), 'value');
  }

  #convert(node: Node | null, pointer: Pointer, depth: number, fallback: number): unknown {
    const offset = node?.range?.[0] ?? fallback;
    this.#values.set(pointer, offset);
    if (++this.#nodes > MAX_NODES)
      return this.#refuse(offset, `more than ${MAX_NODES} values; split the setup over several hosts`);
    if (depth > MAX_DEPTH) return this.#refuse(offset, TOO_DEEP);
    if (isAlias(node)) {
      if (++this.#aliases > MAX_ALIASES)
        return this.#refuse(offset, `too many aliases; at most ${MAX_ALIASES} are allowed`);
      const target = this.#document === undefined ? undefined : node.resolve(this.#document);
      if (target === undefined)
        return this.#refuse(offset, `alias *${node.source} has no anchor; define &${node.source} above`);
      return this.#convert(target, pointer, depth + 1, offset);
    }
    if (isMap(node)) {
      const entries = new Map<string, unknown>();
      for (const pair of node.items) {
        const key = isScalar(pair.key) ? String(pair.key.value) : '';
        const keyOffset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
        const at = child(pointer, key);
        const first = this.#keys.get(at);
        if (entries.has(key) && first !== undefined) {
          const message = `duplicate key '${key}'; it may appear once, and is already on line ${this.#place(first).line}`;
          this.#refuse(keyOffset, message);
          continue;
        }
        this.#keys.set(at, keyOffset);
        entries.set(key, this.#convert(pair.value as Node | null, at, depth + 1, keyOffset));
        if (this.#exhausted()) break;
      }
      return Object.fromEntries(entries);
    }
    if (isSeq(node)) {
      const items: unknown[] = [];
      for (const [index, item] of node.items.entries()) {
        items.push(this.#convert(item as Node | null, child(pointer, index), depth + 1, offset));
        if (this.#exhausted()) break;
      }
      return items;
    }
    return isScalar(node) ? node.value : null;
  }

  #exhausted(): boolean {
    return this.#nodes > MAX_NODES || this.#aliases > MAX_ALIASES;
  }

  #refuse(offset: number, message: string): null {
    this.problems.push({ ...this.#place(offset), message });
    return null;
  }
}

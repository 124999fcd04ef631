import { messageOf } from '../base/thrown.ts';
import { XMLParser } from 'fast-xml-parser';
import { SyntaxValidator } from 'fast-xml-validator';
import { XmlElement } from './element.ts';
import { XmlRefused } from './errors.ts';

export const DEFAULT_MAX_BYTES = 1024 * 1024;
/** libvirt's own documents are about ten levels deep; metadata may add some. */
const MAX_DEPTH = 100;
const ATTRIBUTES = ':@';
const TEXT = '#text';
const CDATA = '#cdata';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  // An ordered list of nodes: no element's name becomes an object's key beside another's, so isArray is not needed.
  preserveOrder: true,
  // Resolved below: libvirt's metadata holds numeric references, which the parser leaves alone without its HTML table.
  processEntities: false,
  cdataPropName: CDATA,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: MAX_DEPTH,
});

/**
 * Parses one XML document of libvirt's into elements.
 *
 * Throws XmlRefused if the document is larger than `maxBytes`, not UTF-8, not well formed, declares a document type or
 * entities (libvirt never does), nests deeper than 100 levels, or has a root other than `roots`.
 */
export function parseXml(
  bytes: Uint8Array,
  file: string,
  roots: readonly string[],
  maxBytes: number = DEFAULT_MAX_BYTES,
): XmlElement {
  if (bytes.length > maxBytes) {
    throw new XmlRefused('too-large', file, `it has more than ${maxBytes} bytes`);
  }
  const text = decode(bytes, file);
  // Also refused inside comments and CDATA: no document of libvirt's has one, and telling the places apart is the parser's
  // job, which must not see it.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) {
    throw new XmlRefused('doctype', file, 'it declares a document type or an entity');
  }
  const elements = elementsIn(parseNodes(text, file), file);
  const [root] = elements;
  if (root === undefined || elements.length > 1) {
    throw new XmlRefused('malformed', file, `it has ${elements.length} root elements`);
  }
  if (!roots.includes(root.name)) {
    throw new XmlRefused('wrong-root', file, `its root is <${root.name.slice(0, 40)}>, not <${roots.join('> or <')}>`);
  }
  return root;
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new XmlRefused('not-utf8', file, 'it is not UTF-8');
  }
}

function parseNodes(text: string, file: string): unknown {
  try {
    // The parser accepts unclosed and misnested tags silently; only the validator notices.
    SyntaxValidator.validate(text);
    return parser.parse(text) as unknown;
  } catch (error) {
    throw new XmlRefused('malformed', file, `it is not well formed (${messageOf(error).slice(0, 200)})`);
  }
}

function elementsIn(nodes: unknown, file: string): XmlElement[] {
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: unknown) => {
    const element = toElement(node, file);
    return element === undefined ? [] : [element];
  });
}

function toElement(node: unknown, file: string): XmlElement | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  const members = Object.entries(node) as [string, unknown][];
  const tag = members.find(([key]) => key !== ATTRIBUTES && key !== TEXT && key !== CDATA);
  if (tag === undefined) return undefined;
  const [name, content] = tag;
  const attributes = new Map<string, string>();
  for (const [key, value] of Object.entries(members.find(([member]) => member === ATTRIBUTES)?.[1] ?? {})) {
    attributes.set(key, unescape(String(value), file));
  }
  return new XmlElement(name, attributes, elementsIn(content, file), textIn(content, file));
}

function textIn(content: unknown, file: string): string {
  if (!Array.isArray(content)) return '';
  return content.map((node: unknown) => textOfNode(node, file)).join('');
}

function textOfNode(node: unknown, file: string): string {
  if (typeof node !== 'object' || node === null) return '';
  if (TEXT in node) return unescape(String(node[TEXT]), file);
  // A CDATA section holds its text as it stands: an ampersand in it is an ampersand.
  if (CDATA in node && Array.isArray(node[CDATA])) return node[CDATA].map(rawText).join('');
  return '';
}

function rawText(node: unknown): string {
  return typeof node === 'object' && node !== null && TEXT in node ? String(node[TEXT]) : '';
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** Resolves the five predefined entities and character references (XML 1.0, 4.1 and 4.6) in one pass, never twice. */
function unescape(value: string, file: string): string {
  if (!value.includes('&')) return value;
  return value.replace(
    /&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|(\w+));/gi,
    (whole, hex?: string, decimal?: string, name = '') => {
      const point = hex !== undefined ? Number.parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : undefined;
      const resolved =
        point === undefined ? NAMED.get(String(name)) : isCharacter(point) ? String.fromCodePoint(point) : undefined;
      if (resolved === undefined) throw new XmlRefused('malformed', file, `it refers to an unknown entity ${whole}`);
      return resolved;
    },
  );
}

/** XML 1.0, production 2 (Char). */
function isCharacter(point: number): boolean {
  if (point < 0x20) return point === 0x9 || point === 0xa || point === 0xd;
  return point < 0xd800 || (point >= 0xe000 && point <= 0x10ffff && point !== 0xfffe && point !== 0xffff);
}

import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { ProtocolError } from './errors.ts';
import type { Json } from './json-value.ts';

/**
 * A string no peer can produce, since it never leaves the process. Node 20 gives a reviver no access to a number's source
 * text, so an integer JSON.parse would round travels through it as a string that starts with this mark.
 */
const mark = `int:${randomUUID()}:`;

const markedInteger = new RegExp(`"${mark}(-?\\d+)"`, 'g');

/** OVSDB integers are signed 64 bits wide: 19 digits at most (RFC 7047 section 3.1). */
const maxIntegerDigits = 19;

const zero = 0x30;
const nine = 0x39;

/**
 * Parses one JSON text without ever rounding an integer.
 * @param wideDigits offsets in `bytes` where a run of 16 or more digits outside a string begins, in ascending order
 * @throws ProtocolError when the bytes are not UTF-8 or not JSON, or hold an integer of more than 19 digits
 */
export function parseJson(bytes: Buffer, wideDigits: readonly number[] = []): Json {
  if (!isUtf8(bytes)) throw new ProtocolError('the peer sent a message that is not UTF-8');
  const wide = wideDigits.length === 0 ? [] : wideIntegers(bytes, wideDigits);
  try {
    if (wide.length === 0) return JSON.parse(bytes.toString('utf8')) as Json;
    return JSON.parse(quoteIntegers(bytes, wide), (_key, value: Json) =>
      typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
    ) as Json;
  } catch (error) {
    throw new ProtocolError('the peer sent a message that is not JSON', { cause: error });
  }
}

/** Writes JSON, with each bigint as the integer it is. */
export function stringifyJson(value: Json): string {
  const text = JSON.stringify(value, (_key, member: Json) =>
    typeof member === 'bigint' ? `${mark}${member}` : member,
  );
  return text.replaceAll(markedInteger, '$1');
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The digit runs that are whole integers a double cannot hold: no fraction, no exponent, beyond ±2^53. */
function wideIntegers(bytes: Buffer, wideDigits: readonly number[]): Span[] {
  const spans: Span[] = [];
  for (const digits of wideDigits) {
    let end = digits;
    while (isDigit(bytes[end])) end++;
    const start = bytes[digits - 1] === 0x2d ? digits - 1 : digits;
    if (isFractional(bytes[start - 1]) || isFractional(bytes[end])) continue;
    if (end - digits > maxIntegerDigits) throw new ProtocolError('the peer sent an integer of more than 64 bits');
    if (!Number.isSafeInteger(Number(bytes.toString('latin1', start, end)))) spans.push({ start, end });
  }
  return spans;
}

function quoteIntegers(bytes: Buffer, spans: readonly Span[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of spans) {
    parts.push(bytes.toString('utf8', from, start), '"', mark, bytes.toString('latin1', start, end), '"');
    from = end;
  }
  parts.push(bytes.toString('utf8', from));
  return parts.join('');
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine;
}

/** `.`, `e`, `E` or `+`: beside a digit run they make it part of a real number. */
function isFractional(byte: number | undefined): boolean {
  return byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b;
}

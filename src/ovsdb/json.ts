import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { ProtocolError, ValueError } from './errors.ts';
import type { Json } from './json-value.ts';

/**
 * A string no peer can produce, since it never leaves the process. Node 20 gives a reviver no access to a number's source
 * text, so an integer JSON.parse would round travels through it as a string that starts with this mark.
 */
const mark = `int:${randomUUID()}:`;

const markedInteger = new RegExp(`"${mark}(-?\\d+)"`, 'g');

/** OVSDB integers are signed 64 bits wide (RFC 7047 section 3.1). */
const fitsInteger = (integer: bigint): boolean => integer === BigInt.asIntN(64, integer);

/** The longest such integer has 19 digits; longer runs are not worth reading. */
const maxIntegerDigits = 19;

/** Below it strtod(3) says ERANGE, and OVS `lib/json.c` refuses the whole message. */
const smallestNormal = 2 ** -1022;

/** What OVS `lib/json.c` refuses in a string; with the `u` flag half a pair does not match within a whole one. */
const unsendable = /[\0\p{Surrogate}]/u;

const zero = 0x30;
const nine = 0x39;

/**
 * Parses one JSON text without ever rounding an integer.
 * @param wideDigits offsets in `bytes` where a run of 16 or more digits outside a string begins, in ascending order
 * @throws ProtocolError when the bytes are not UTF-8 or not JSON, or hold an integer of more than 64 bits
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

/**
 * Writes JSON, with each bigint as the integer it is.
 * @throws ValueError for what ovsdb-server would not read, and would end the whole connection for: strings with NUL or half a
 * surrogate pair, numbers that JSON cannot write; and for integers that are not what they seem: bigints of more than 64 bits,
 * and numbers so large that a double may have rounded them
 */
export function stringifyJson(value: Json): string {
  const text = JSON.stringify(value, (key, member: Json) => {
    checkString(key);
    if (typeof member === 'string') checkString(member);
    else if (typeof member === 'number') checkNumber(member);
    else if (typeof member === 'bigint') {
      if (!fitsInteger(member)) throw new ValueError(`the integer ${member} has more than 64 bits`);
      return `${mark}${member}`;
    }
    return member;
  });
  return text.replaceAll(markedInteger, '$1');
}

function checkString(text: string): void {
  if (!unsendable.test(text)) return;
  const what = text.includes('\0') ? 'the character NUL' : 'half a surrogate pair';
  throw new ValueError(`the string ${JSON.stringify(text.slice(0, 60))} contains ${what}`);
}

function checkNumber(number: number): void {
  if (!Number.isFinite(number)) throw new ValueError(`${number} is no number that JSON can write`);
  if (number !== 0 && Math.abs(number) < smallestNormal) {
    throw new ValueError(`${number} is too small for the server to read`);
  }
  // From 1e21 on JavaScript writes an exponent, which makes it a real number for everybody.
  if (Number.isInteger(number) && !Number.isSafeInteger(number) && Math.abs(number) < 1e21) {
    throw new ValueError(`the integer ${number} is beyond 2^53, where a double rounds: write it as a bigint`);
  }
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
    const text = bytes.toString('latin1', start, end);
    if (end - digits > maxIntegerDigits || !fitsInteger(BigInt(text))) {
      throw new ProtocolError('the peer sent an integer of more than 64 bits');
    }
    if (!Number.isSafeInteger(Number(text))) spans.push({ start, end });
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

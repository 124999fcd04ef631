import type { IpPrefix } from './guest-facts.ts';

/** An address or network as text, read; or why it cannot be a guest's source, to be put behind the text. */
export type IpPrefixReading = { readonly prefix: IpPrefix } | { readonly problem: string };

/** Longest text worth reading: 45 characters of address (RFC 4291 section 2.2, form 3), a slash and three digits. */
const MAX_TEXT = 49;

/** Networks no address of which may be a guest's source. */
const REFUSED: readonly { readonly network: string; readonly length: number; readonly why: string }[] = [
  { network: '0.0.0.0', length: 32, why: 'the unspecified address' },
  { network: '127.0.0.0', length: 8, why: 'loopback addresses' },
  { network: '224.0.0.0', length: 4, why: 'multicast addresses' },
  { network: '255.255.255.255', length: 32, why: 'the broadcast address' },
  { network: '::', length: 128, why: 'the unspecified address' },
  { network: '::1', length: 128, why: 'the loopback address' },
  { network: '::ffff:0:0', length: 96, why: 'IPv4-mapped addresses, which never travel: write the IPv4 address' },
  { network: '::', length: 96, why: 'IPv4-compatible addresses (obsolete, RFC 4291 section 2.5.5.1)' },
  { network: 'ff00::', length: 8, why: 'multicast addresses' },
];

/** `text` as a guest's address or network in canonical form, or undefined where `readIpPrefix` tells a problem. */
export function ipPrefix(text: string): IpPrefix | undefined {
  const reading = readIpPrefix(text);
  return 'prefix' in reading ? reading.prefix : undefined;
}

/**
 * Reads `<address>` or `<address>/<length>`: IPv4 as four decimal numbers without leading zeros, IPv6 in any form of RFC 4291
 * section 2.2, without a zone. The address comes back as RFC 5952 writes it, without embedded IPv4. Refused are networks with
 * bits set beyond their length, and those with an address in them that no station has as its source.
 */
export function readIpPrefix(text: string): IpPrefixReading {
  if (text.length > MAX_TEXT) return { problem: 'is no IP address: it is too long' };
  const slash = text.indexOf('/');
  const bytes = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (bytes === undefined) return { problem: 'is no IPv4 or IPv6 address, with or without a prefix length' };
  const bits = bytes.length * 8;
  const written = slash < 0 ? String(bits) : text.slice(slash + 1);
  const length = /^(0|[1-9][0-9]{0,2})$/.test(written) ? Number(written) : Infinity;
  if (length > bits) return { problem: `has no prefix length from 0 to ${bits} behind its slash` };
  const network = bytes.map((byte, index) => byte & leadingBits(length - index * 8));
  const prefix: IpPrefix = { family: bits === 32 ? 4 : 6, address: formatAddress(network), length };
  if (network.some((byte, index) => byte !== bytes[index])) {
    return { problem: `has bits set beyond its prefix length: the network is ${formatIpPrefix(prefix)}` };
  }
  const refused = REFUSED.find((one) => overlaps(network, length, parseAddress(one.network) ?? [], one.length));
  if (refused === undefined) return { prefix };
  const { why } = refused;
  return { problem: length === bits ? `is one of ${why}`.replace('one of the', 'the') : `contains ${why}` };
}

/** The text that `ipPrefix` reads back: a single address goes without its length. */
export function formatIpPrefix({ family, address, length }: IpPrefix): string {
  return length === (family === 4 ? 32 : 128) ? address : `${address}/${length}`;
}

function parseAddress(text: string): readonly number[] | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseV6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => groupBytes(half, index === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (tail === undefined) return head.length === 16 ? head : undefined;
  // "::" stands for at least one group of zeros.
  const gap = 16 - head.length - tail.length;
  return gap < 2 ? undefined : [...head, ...Array<number>(gap).fill(0), ...tail];
}

/** Groups between colons; the last one of an address may be IPv4. */
function groupBytes(text: string, last: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const embedded = last && index === groups.length - 1 ? parseV4(group) : undefined;
    if (embedded === undefined) return undefined;
    bytes.push(...embedded);
  }
  return bytes;
}

function formatAddress(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));
  const zeros = longestZeros(groups);
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (zeros.length < 2) return hex(groups);
  return `${hex(groups.slice(0, zeros.start))}::${hex(groups.slice(zeros.start + zeros.length))}`;
}

/** The longest run of zero groups, the first of equal ones (RFC 5952 section 4.2.3). */
function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}

/** Whether two networks of one family have an address in common: one is then within the other. */
function overlaps(a: readonly number[], aLength: number, b: readonly number[], bLength: number): boolean {
  const length = Math.min(aLength, bLength);
  return (
    a.length === b.length &&
    a.every((byte, index) => ((byte ^ (b[index] ?? 0)) & leadingBits(length - index * 8)) === 0)
  );
}

/** The octet whose first `bits` bits are set. */
function leadingBits(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}

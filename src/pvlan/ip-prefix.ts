import { formatIpv4, formatIpv6, parseIp } from '../base/ip.ts';
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
  const bytes = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (bytes === undefined) return { problem: 'is no IPv4 or IPv6 address, with or without a prefix length' };
  const bits = bytes.length * 8;
  const written = slash < 0 ? String(bits) : text.slice(slash + 1);
  const length = /^(0|[1-9][0-9]{0,2})$/.test(written) ? Number(written) : Infinity;
  if (length > bits) return { problem: `has no prefix length from 0 to ${bits} behind its slash` };
  const network = bytes.map((byte, index) => byte & leadingBits(length - index * 8));
  const prefix: IpPrefix = {
    family: bits === 32 ? 4 : 6,
    address: bits === 32 ? formatIpv4(network) : formatIpv6(network),
    length,
  };
  if (network.some((byte, index) => byte !== bytes[index])) {
    return { problem: `has bits set beyond its prefix length: the network is ${formatIpPrefix(prefix)}` };
  }
  const refused = REFUSED.find((one) =>
    overlaps(network, length, parseIp(one.network) ?? new Uint8Array(), one.length),
  );
  if (refused === undefined) return { prefix };
  const { why } = refused;
  return { problem: length === bits ? `is one of ${why}`.replace('one of the', 'the') : `contains ${why}` };
}

/** The text that `ipPrefix` reads back: a single address goes without its length. */
export function formatIpPrefix({ family, address, length }: IpPrefix): string {
  return length === (family === 4 ? 32 : 128) ? address : `${address}/${length}`;
}

/** Whether every address of `inner` is one of `outer`. */
export function isWithin(inner: IpPrefix, outer: IpPrefix): boolean {
  const [a, b] = [parseIp(inner.address), parseIp(outer.address)];
  return (
    a !== undefined && b !== undefined && inner.length >= outer.length && overlaps(a, inner.length, b, outer.length)
  );
}

/** Whether two networks of one family have an address in common: one is then within the other. */
function overlaps(a: Uint8Array, aLength: number, b: Uint8Array, bLength: number): boolean {
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

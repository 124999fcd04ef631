import * as ip from '../base/ip.ts';
import { InvalidFlow } from './errors.ts';

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

/** The 6 bytes of a colon-separated MAC address. Throws {@link InvalidFlow} on any other text. */
export function parseMac(text: string): Uint8Array {
  if (!MAC.test(text)) throw new InvalidFlow(`"${text}" is not a MAC address (six hexadecimal pairs with colons)`);
  return Buffer.from(text.replaceAll(':', ''), 'hex');
}

/** Lower-case, colon-separated. */
export function formatMac(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** The 4 bytes of a dotted IPv4 address. Throws {@link InvalidFlow} on any other text. */
export function parseIpv4(text: string): Uint8Array {
  const bytes = ip.parseIpv4(text);
  if (bytes === undefined) throw new InvalidFlow(`"${text}" is not an IPv4 address`);
  return bytes;
}

export { formatIpv4 } from '../base/ip.ts';

/** The 16 bytes of an IPv6 address in any of its notations. Throws {@link InvalidFlow} on any other text. */
export function parseIpv6(text: string): Uint8Array {
  const bytes = ip.parseIpv6(text);
  if (bytes === undefined) throw new InvalidFlow(`"${text}" is not an IPv6 address`);
  return bytes;
}

/**
 * RFC 5952; IPv4-mapped and IPv4-compatible addresses end in dotted IPv4, as inet_ntop prints them and so every tool of Open
 * vSwitch.
 */
export function formatIpv6(bytes: Uint8Array): string {
  const isZero = (from: number, to: number): boolean => bytes.subarray(from, to).every((byte) => byte === 0);
  const tail = ip.formatIpv4(bytes.subarray(12));
  if (isZero(0, 10) && bytes[10] === 0xff && bytes[11] === 0xff) return `::ffff:${tail}`;
  // inet_ntop leaves addresses with a single group behind the zeros alone.
  return isZero(0, 12) && !isZero(12, 14) ? `::${tail}` : ip.formatIpv6(bytes);
}

import { isIPv4, isIPv6 } from 'node:net';
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
  if (!isIPv4(text)) throw new InvalidFlow(`"${text}" is not an IPv4 address`);
  return Uint8Array.from(text.split('.'), Number);
}

export function formatIpv4(bytes: Uint8Array): string {
  return bytes.join('.');
}

/** The 16 bytes of an IPv6 address in any of its notations. Throws {@link InvalidFlow} on any other text. */
export function parseIpv6(text: string): Uint8Array {
  if (!isIPv6(text) || text.includes('%')) throw new InvalidFlow(`"${text}" is not an IPv6 address`);
  const [head = '', tail] = text.split('::');
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = new Array<number>(8 - before.length - after.length).fill(0);
  const bytes = Buffer.alloc(16);
  [...before, ...zeros, ...after].forEach((group, index) => bytes.writeUInt16BE(group, index * 2));
  return bytes;
}

/**
 * RFC 5952: lower case, the first longest run of two or more zero groups as `::`. IPv4-mapped and IPv4-compatible
 * addresses end in dotted IPv4, as inet_ntop prints them and so every tool of Open vSwitch.
 */
export function formatIpv6(bytes: Uint8Array): string {
  const view = Buffer.from(bytes);
  const words = Array.from({ length: 8 }, (_, index) => view.readUInt16BE(index * 2));
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (words[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = (part: number[]): string => part.map((word) => word.toString(16)).join(':');
  if (best.length < 2) return hex(words);
  const mapped = best.length === 5 && words[5] === 0xffff;
  if (best.start === 0 && (best.length === 6 || mapped))
    return `::${mapped ? 'ffff:' : ''}${formatIpv4(view.subarray(12))}`;
  return `${hex(words.slice(0, best.start))}::${hex(words.slice(best.start + best.length))}`;
}

function groups(text: string): number[] {
  return text
    .split(':')
    .filter((part) => part !== '')
    .flatMap((part) => {
      if (!part.includes('.')) return [parseInt(part, 16)];
      const [a = 0, b = 0, c = 0, d = 0] = parseIpv4(part);
      return [(a << 8) | b, (c << 8) | d];
    });
}

import type { Masked } from '../../openflow/match.ts';
import type { IpPrefix } from '../../pvlan/guest-facts.ts';
import type { Mac } from '../../pvlan/mac.ts';

/** Matches every address of a prefix. */
export function prefixMatch({ family, address, length }: IpPrefix): Masked<string> {
  const bits = family === 4 ? 32 : 128;
  if (length >= bits) return { value: address };
  return { value: address, mask: family === 4 ? mask4(length) : mask6(length) };
}

/** The link-local address that a station forms of its MAC (RFC 4291 appendix A), as canonical text. */
export function linkLocalOf(mac: Mac): string {
  const bytes = mac.split(':').map((byte) => Number.parseInt(byte, 16));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = bytes;
  const groups = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
  return `fe80::${groups.map((group) => group.toString(16)).join(':')}`;
}

function mask4(length: number): string {
  return [0, 1, 2, 3].map((byte) => octet(length - byte * 8)).join('.');
}

function mask6(length: number): string {
  const groups = Array.from(
    { length: 8 },
    (_, group) => (octet(length - group * 16) << 8) | octet(length - group * 16 - 8),
  );
  return groups.map((group) => group.toString(16)).join(':');
}

/** The octet whose first `bits` bits are set. */
function octet(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}

import { formatIpv4, formatIpv6, formatMac, parseIpv4, parseIpv6, parseMac } from './address.ts';
import { Port } from './action.ts';
import type { Masked, Match } from './match.ts';
import { registers } from './match-codec.ts';

const ARP = 0x0806;
const RARP = 0x8035;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const TYPE_NAMES: Readonly<Record<number, string>> = { [ARP]: 'arp', [RARP]: 'rarp', [IPV4]: 'ip', [IPV6]: 'ipv6' };
const PROTOCOLS: Readonly<Record<string, string>> = {
  'ip/1': 'icmp',
  'ip/6': 'tcp',
  'ip/17': 'udp',
  'ip/132': 'sctp',
  'ipv6/58': 'icmp6',
  'ipv6/6': 'tcp6',
  'ipv6/17': 'udp6',
  'ipv6/132': 'sctp6',
};
const TAG_PRESENT = 0x1000;

/** A match as `ovs-ofctl` prints it (OVS `lib/match.c`, match_format), its parts to be joined by commas. */
export function formatMatch(match: Match): string[] {
  const type = match.ethType === undefined ? undefined : TYPE_NAMES[match.ethType];
  const protocol = PROTOCOLS[`${type ?? ''}/${match.ipProto ?? ''}`];
  const parts: (string | undefined)[] = [
    protocol ?? type,
    ...registers(match).map(([index, register]) => masked(`reg${index}`, register, hexNumber)),
    masked('metadata', match.metadata, hexNumber),
    match.inPort === undefined ? undefined : `in_port=${formatPort(match.inPort)}`,
    formatVlan(match.vlan),
    masked('dl_src', match.ethSrc, canonicalMac),
    masked('dl_dst', match.ethDst, canonicalMac),
    match.ethType === undefined || type !== undefined
      ? undefined
      : `dl_type=0x${match.ethType.toString(16).padStart(4, '0')}`,
    address('ipv6_src', match.ipv6Src, parseIpv6, formatIpv6),
    address('ipv6_dst', match.ipv6Dst, parseIpv6, formatIpv6),
    address('nw_src', match.ipv4Src, parseIpv4, formatIpv4),
    address('nw_dst', match.ipv4Dst, parseIpv4, formatIpv4),
    address('arp_spa', match.arpSpa, parseIpv4, formatIpv4),
    address('arp_tpa', match.arpTpa, parseIpv4, formatIpv4),
    decimal('arp_op', match.arpOp),
    protocol === undefined ? decimal('nw_proto', match.ipProto) : undefined,
    masked('arp_sha', match.arpSha, canonicalMac),
    masked('arp_tha', match.arpTha, canonicalMac),
    formatFragment(match.ipFrag),
    decimal('icmp_type', match.icmpv6Type),
    decimal('icmp_code', match.icmpv6Code),
    address('nd_target', match.ndTarget, parseIpv6, formatIpv6),
    masked('nd_sll', match.ndSll, canonicalMac),
    masked('nd_tll', match.ndTll, canonicalMac),
    decimal('tp_src', match.tcpSrc) ?? port('tp_src', match.udpSrc),
    decimal('tp_dst', match.tcpDst) ?? port('tp_dst', match.udpDst),
    ...(match.unknown ?? []).map((hex) => `oxm(${hex})`),
  ];
  return parts.filter((part) => part !== undefined);
}

/** A port number, or the name of a reserved one. */
export function formatPort(port: number): string {
  const reserved = Object.entries(Port).find(([, number]) => number === port);
  return reserved?.[0] ?? String(port);
}

/** C's `%#x`: zero has no prefix. */
export function hexNumber(value: number | bigint): string {
  return value === 0 || value === 0n ? '0' : `0x${value.toString(16)}`;
}

function decimal(name: string, value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${name}=${value}`;
}

function port(name: string, member: Masked<number> | undefined): string | undefined {
  return member?.mask === undefined
    ? decimal(name, member?.value)
    : masked(name, member, (value) => `0x${value.toString(16)}`);
}

function masked<T>(name: string, member: Masked<T> | undefined, format: (value: T) => string): string | undefined {
  if (member === undefined) return undefined;
  return `${name}=${format(member.value)}${member.mask === undefined ? '' : `/${format(member.mask)}`}`;
}

function canonicalMac(text: string): string {
  return formatMac(parseMac(text));
}

function address(
  name: string,
  member: Masked<string> | undefined,
  parse: (text: string) => Uint8Array,
  format: (bytes: Uint8Array) => string,
): string | undefined {
  if (member === undefined) return undefined;
  const value = `${name}=${format(parse(member.value))}`;
  if (member.mask === undefined) return value;
  const mask = parse(member.mask);
  const bits = Array.from(mask, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const prefix = bits.lastIndexOf('1') + 1;
  if (!bits.includes('0')) return value;
  return `${value}/${bits.indexOf('0') === prefix ? prefix : format(mask)}`;
}

function formatFragment(fragment: Masked<number> | undefined): string | undefined {
  if (fragment === undefined) return undefined;
  const words: Readonly<Record<number, readonly string[]>> = {
    1: ['no', 'yes'],
    2: ['not_later', '', 'later'],
    3: ['no', 'first', '<error>', 'later'],
  };
  const mask = (fragment.mask ?? 3) & 3;
  const word = words[mask]?.[fragment.value & mask];
  return word === undefined ? undefined : `nw_frag=${word}`;
}

function formatVlan(vlan: Masked<number> | undefined): string | undefined {
  if (vlan === undefined) return undefined;
  const mask = (vlan.mask ?? 0x1fff) & 0x1fff;
  const value = vlan.value & mask;
  if (mask === 0x1fff && (value & TAG_PRESENT) !== 0) return `dl_vlan=${value & 0x0fff}`;
  const hex = (bits: number): string => `0x${bits.toString(16).padStart(4, '0')}`;
  return `vlan_tci=${hex(value)}/${hex(mask)}`;
}

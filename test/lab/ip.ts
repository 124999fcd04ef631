import { EtherType, be16, ethernet, macBytes } from './ethernet.ts';
import { internetChecksum } from './checksum.ts';
import type { Mac } from './ethernet.ts';

export const Protocol = { ICMP: 1, IGMP: 2, UDP: 17, ICMPV6: 58, VRRP: 112 } as const;

/** Who sends to whom, on both layers; addresses are text, all IPv4 or all IPv6. */
export interface Path {
  readonly src: Mac;
  readonly dst: Mac;
  readonly srcIp: string;
  readonly dstIp: string;
}

export function ipv4Bytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

/** Reads RFC 4291 text, with at most one `::` and no dotted part. */
export function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const groups = (text: string): string[] => text.split(':').filter(Boolean);
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const zeros = Array<string>(8 - front.length - back.length).fill('0');
  return Buffer.concat([...front, ...zeros, ...back].map((group) => be16(parseInt(group, 16))));
}

/** The link-local address that belongs to a MAC (RFC 4291 appendix A). */
export function linkLocal(mac: Mac): string {
  const bytes = macBytes(mac);
  bytes.writeUInt8(bytes.readUInt8(0) ^ 2, 0);
  const hex = bytes.toString('hex');
  return `fe80::${hex.slice(0, 4)}:${hex.slice(4, 6)}ff:fe${hex.slice(6, 8)}:${hex.slice(8)}`;
}

export function ipv4({ src, dst, srcIp, dstIp }: Path, protocol: number, payload: Buffer, ttl = 64): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(20 + payload.length, 2);
  header.writeUInt8(ttl, 8);
  header.writeUInt8(protocol, 9);
  ipv4Bytes(srcIp).copy(header, 12);
  ipv4Bytes(dstIp).copy(header, 16);
  header.writeUInt16BE(internetChecksum(header), 10);
  return ethernet(dst, src, EtherType.IPV4, Buffer.concat([header, payload]));
}

export function ipv6({ src, dst, srcIp, dstIp }: Path, nextHeader: number, payload: Buffer, hopLimit = 255): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(0x60, 0);
  header.writeUInt16BE(payload.length, 4);
  header.writeUInt8(nextHeader, 6);
  header.writeUInt8(hopLimit, 7);
  return ethernet(dst, src, EtherType.IPV6, Buffer.concat([header, ipv6Bytes(srcIp), ipv6Bytes(dstIp), payload]));
}

/** The pseudo header that UDP and ICMPv6 put under their checksum (RFC 768, RFC 8200 section 8.1). */
export function pseudoHeader({ srcIp, dstIp }: Path, protocol: number, length: number): Buffer {
  if (!srcIp.includes(':')) {
    return Buffer.concat([ipv4Bytes(srcIp), ipv4Bytes(dstIp), Buffer.of(0, protocol), be16(length)]);
  }
  return Buffer.concat([ipv6Bytes(srcIp), ipv6Bytes(dstIp), be16(0), be16(length), Buffer.of(0, 0, 0, protocol)]);
}

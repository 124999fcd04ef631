import { BROADCAST, EtherType, be16, ethernet, macBytes } from './ethernet.ts';
import { Protocol, ipv4, ipv4Bytes, ipv6, pseudoHeader } from './ip.ts';
import { internetChecksum } from './checksum.ts';
import type { Mac } from './ethernet.ts';
import type { Path } from './ip.ts';

export { BROADCAST, EtherType, ethernet, tag } from './ethernet.ts';
export { linkLocal } from './ip.ts';
export {
  icmpv6Echo,
  neighborAdvertisement,
  neighborSolicitation,
  routerAdvertisement,
  routerSolicitation,
} from './icmpv6.ts';
export { mark, parseFrame } from './parse-frame.ts';
export type { Mac } from './ethernet.ts';
export type { Path } from './ip.ts';
export type { DiscoveryOptions } from './icmpv6.ts';
export type { Frame, VlanTag } from './parse-frame.ts';

export interface ArpOptions {
  readonly src: Mac;
  readonly dst?: Mac;
  /** The MAC inside the message; default `src`, as an honest sender has it. */
  readonly senderMac?: Mac;
  readonly senderIp: string;
  readonly targetMac?: Mac;
  readonly targetIp: string;
}

function arp(operation: 1 | 2, { src, dst, senderMac, senderIp, targetMac, targetIp }: ArpOptions): Buffer {
  const message = Buffer.concat([
    Buffer.from('0001080006040000', 'hex'),
    macBytes(senderMac ?? src),
    ipv4Bytes(senderIp),
    macBytes(targetMac ?? '00:00:00:00:00:00'),
    ipv4Bytes(targetIp),
  ]);
  message.writeUInt16BE(operation, 6);
  return ethernet(dst ?? BROADCAST, src, EtherType.ARP, message);
}

/** Asks everybody who has `targetIp` (RFC 826). */
export function arpRequest(options: ArpOptions): Buffer {
  return arp(1, options);
}

/** Tells `dst` who has `senderIp`. */
export function arpReply(options: ArpOptions & { readonly dst: Mac }): Buffer {
  return arp(2, { targetMac: options.dst, ...options });
}

/** Tells everybody who has `senderIp` (RFC 5944 section 4.6). */
export function gratuitousArp(options: Omit<ArpOptions, 'targetIp' | 'targetMac' | 'dst'>): Buffer {
  return arp(1, { ...options, targetIp: options.senderIp });
}

/** A datagram over IPv4 or IPv6, as the addresses are. */
export function udp(path: Path, srcPort: number, dstPort: number, data: Buffer = Buffer.alloc(8)): Buffer {
  const datagram = Buffer.concat([be16(srcPort), be16(dstPort), be16(8 + data.length), be16(0), data]);
  const sum = internetChecksum(pseudoHeader(path, Protocol.UDP, datagram.length), datagram);
  datagram.writeUInt16BE(sum === 0 ? 0xffff : sum, 6);
  return path.srcIp.includes(':') ? ipv6(path, Protocol.UDP, datagram) : ipv4(path, Protocol.UDP, datagram);
}

/** A ping over IPv4 (RFC 792), or its answer. */
export function icmpEcho(path: Path, reply = false): Buffer {
  const message = Buffer.alloc(16);
  message.writeUInt8(reply ? 0 : 8, 0);
  message.writeUInt16BE(internetChecksum(message), 2);
  return ipv4(path, Protocol.ICMP, message);
}

function dhcp(operation: 1 | 2, messageType: number, client: Mac): Buffer {
  const fixed = Buffer.alloc(236);
  fixed.writeUInt32BE((operation << 24) | 0x010600, 0);
  macBytes(client).copy(fixed, 28);
  return Buffer.concat([fixed, Buffer.from('63825363', 'hex'), Buffer.of(53, 1, messageType, 255)]);
}

/** A client without an address looks for a server (RFC 2131 section 4.4.1). */
export function dhcpDiscover({ src }: { readonly src: Mac }): Buffer {
  return udp({ src, dst: BROADCAST, srcIp: '0.0.0.0', dstIp: '255.255.255.255' }, 68, 67, dhcp(1, 1, src));
}

/** A server, real or rogue, offers an address to `client` by broadcast. */
export function dhcpOffer({
  src,
  srcIp,
  client,
}: {
  readonly src: Mac;
  readonly srcIp: string;
  readonly client: Mac;
}): Buffer {
  return udp({ src, dst: BROADCAST, srcIp, dstIp: '255.255.255.255' }, 67, 68, dhcp(2, 2, client));
}

/** A frame of a protocol no switch knows. */
export function experimental(dst: Mac, src: Mac, type: number = EtherType.EXPERIMENTAL): Buffer {
  return ethernet(dst, src, type, Buffer.alloc(46));
}

/** To the nearest bridge, which must keep it (IEEE 802.1AB). */
export function lldp(src: Mac): Buffer {
  const id = Buffer.concat([Buffer.from('02070400000000000304070000000000000602007800', 'hex'), Buffer.alloc(2)]);
  return ethernet('01:80:c2:00:00:0e', src, EtherType.LLDP, id);
}

/** The start of a port authentication (IEEE 802.1X). */
export function eapol(src: Mac): Buffer {
  return ethernet('01:80:c2:00:00:03', src, EtherType.EAPOL, Buffer.of(2, 1, 0, 0));
}

/** An 802.3 frame: a length in place of the type, then LLC with the given service access point. */
export function llc(dst: Mac, src: Mac, sap = 0xaa, data: Buffer = Buffer.alloc(40)): Buffer {
  return ethernet(dst, src, 3 + data.length, Buffer.concat([Buffer.of(sap, sap, 0x03), data]));
}

/** A spanning tree configuration message (IEEE 802.1D), which a guest must not get to the bridges. */
export function bpdu(src: Mac): Buffer {
  return llc('01:80:c2:00:00:00', src, 0x42, Buffer.alloc(35));
}

/** A router of virtual router `id` is alive (RFC 5798), sent from the virtual MAC by which hosts know it. */
export function vrrp(id: number, srcIp: string): Buffer {
  const src = `00:00:5e:00:01:${id.toString(16).padStart(2, '0')}`;
  const message = Buffer.concat([Buffer.of(0x31, id, 100, 1, 0, 100, 0, 0), ipv4Bytes(srcIp)]);
  const path = { src, dst: '01:00:5e:00:00:12', srcIp, dstIp: '224.0.0.18' };
  message.writeUInt16BE(internetChecksum(pseudoHeader(path, Protocol.VRRP, message.length), message), 6);
  return ipv4(path, Protocol.VRRP, message, 255);
}

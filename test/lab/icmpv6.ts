import { Protocol, ipv6, ipv6Bytes, linkLocal, pseudoHeader } from './ip.ts';
import { internetChecksum } from './checksum.ts';
import { macBytes } from './ethernet.ts';
import type { Mac } from './ethernet.ts';
import type { Path } from './ip.ts';

const ALL_NODES: { readonly dst: Mac; readonly dstIp: string } = { dst: '33:33:00:00:00:01', dstIp: 'ff02::1' };
const ALL_ROUTERS: { readonly dst: Mac; readonly dstIp: string } = { dst: '33:33:00:00:00:02', dstIp: 'ff02::2' };

/** A neighbour discovery message (RFC 4861) from `src`; `linkLayer` is the MAC in its option, `false` leaves that out. */
export interface DiscoveryOptions {
  readonly src: Mac;
  readonly dst?: Mac;
  /** Default: the link-local address of `src`. */
  readonly srcIp?: string;
  readonly dstIp?: string;
  /** Default: `src`, as an honest sender has it. */
  readonly linkLayer?: Mac | false;
}

/** An ICMPv6 message with its checksum; `body` is what follows the checksum field. */
export function icmpv6(path: Path, type: number, body: Buffer): Buffer {
  const message = Buffer.concat([Buffer.of(type, 0, 0, 0), body]);
  const sum = internetChecksum(pseudoHeader(path, Protocol.ICMPV6, message.length), message);
  message.writeUInt16BE(sum, 2);
  return ipv6(path, Protocol.ICMPV6, message);
}

export function icmpv6Echo(path: Path, reply = false): Buffer {
  return icmpv6(path, reply ? 129 : 128, Buffer.alloc(12));
}

function discovery(
  options: DiscoveryOptions,
  group: { readonly dst: Mac; readonly dstIp: string },
  message: { readonly type: number; readonly body: Buffer; readonly option: 1 | 2 },
): Buffer {
  const linkLayer = options.linkLayer ?? options.src;
  const option =
    linkLayer === false ? Buffer.alloc(0) : Buffer.concat([Buffer.of(message.option, 1), macBytes(linkLayer)]);
  const path = {
    src: options.src,
    dst: options.dst ?? group.dst,
    srcIp: options.srcIp ?? linkLocal(options.src),
    dstIp: options.dstIp ?? group.dstIp,
  };
  return icmpv6(path, message.type, Buffer.concat([message.body, option]));
}

/** The group a solicitation for `target` goes to (RFC 4291 section 2.7.1). */
function solicitedNode(target: string): { readonly dst: Mac; readonly dstIp: string } {
  const hex = ipv6Bytes(target).toString('hex').slice(-6);
  return {
    dst: `33:33:ff:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`,
    dstIp: `ff02::1:ff${hex.slice(0, 2)}:${hex.slice(2)}`,
  };
}

export function routerSolicitation(options: DiscoveryOptions): Buffer {
  return discovery(options, ALL_ROUTERS, { type: 133, body: Buffer.alloc(4), option: 1 });
}

/** Claims to be a default router for 1800 seconds. */
export function routerAdvertisement(options: DiscoveryOptions): Buffer {
  const body = Buffer.alloc(12);
  body.writeUInt8(64, 0);
  body.writeUInt16BE(1800, 2);
  return discovery(options, ALL_NODES, { type: 134, body, option: 1 });
}

export function neighborSolicitation(options: DiscoveryOptions & { readonly target: string }): Buffer {
  const body = Buffer.concat([Buffer.alloc(4), ipv6Bytes(options.target)]);
  return discovery(options, solicitedNode(options.target), { type: 135, body, option: 1 });
}

/** To all nodes, unsolicited and overriding, unless `dst` and `dstIp` say otherwise. */
export function neighborAdvertisement(options: DiscoveryOptions & { readonly target: string }): Buffer {
  const body = Buffer.concat([Buffer.of(0x20, 0, 0, 0), ipv6Bytes(options.target)]);
  return discovery(options, ALL_NODES, { type: 136, body, option: 2 });
}

import { macBytes } from '../lab/ethernet.ts';
import { icmpv6 } from '../lab/icmpv6.ts';
import { ipv6Bytes } from '../lab/ip.ts';
import * as frames from '../lab/frames.ts';

/** Who attacks, and whose addresses it varies. */
export interface Adversary {
  readonly mac: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly router: string;
}

const PORTS = [67, 68, 546, 547];

/**
 * Frames whose addresses and ports differ from those that a guard compares in one bit each: a switch that looks at both at once
 * keeps a mask for each pair of first differences (tuple space explosion, Csikor et al. 2019). In an order that mixes them.
 */
export function adversarialFrames({ mac, ipv4, ipv6, router }: Adversary): readonly Buffer[] {
  const sources4 = [ipv4, ...flips(Buffer.from(ipv4.split('.').map(Number))).map((bytes) => bytes.join('.'))];
  const sources6 = [ipv6, ...flips(ipv6Bytes(ipv6)).map(text6)];
  const ports = (own: number): number[] => [own ^ 0x8000, ...Array.from({ length: 15 }, (_, bit) => own ^ (1 << bit))];
  const all: Buffer[] = [];
  for (const [family, sources] of [
    [4, sources4],
    [6, sources6],
  ] as const) {
    const [sourcePort, destinationPort] = family === 4 ? PORTS.slice(0, 2) : PORTS.slice(2).reverse();
    for (const [index, srcIp] of sources.entries()) {
      const path = { src: mac, dst: router, srcIp, dstIp: family === 4 ? '10.0.0.254' : 'fe80::fe' };
      // The own address with every pair of ports; the others with some.
      const from = ports(sourcePort ?? 0).filter((_, bit) => index === 0 || bit % 5 === index % 5);
      for (const port of from) {
        for (const to of ports(destinationPort ?? 0)) all.push(frames.udp(path, port, to));
      }
    }
  }
  for (const senderIp of sources4) {
    for (const targetIp of [ipv4, ...sources4.slice(1).filter((_, bit) => bit % 4 === 0)]) {
      all.push(frames.arpRequest({ src: mac, dst: router, senderIp, targetIp }));
    }
    all.push(frames.arpRequest({ src: mac, dst: router, senderIp: '0.0.0.0', targetIp: senderIp }));
  }
  for (const target of sources6) {
    all.push(frames.neighborAdvertisement({ src: mac, dst: router, srcIp: ipv6, target }));
    all.push(frames.neighborSolicitation({ src: mac, dst: router, srcIp: '::', linkLayer: false, target }));
  }
  const path = { src: mac, dst: router, srcIp: ipv6, dstIp: 'fe80::fe' };
  for (let type = 0; type < 256; type += 1) all.push(icmpv6(path, type, macBytes(mac)));
  // A stride that has no divisor in common with the number of frames meets each once.
  const stride = [7919, 7907, 7901].find((prime) => all.length % prime !== 0) ?? 1;
  return all.map((_, index) => all[(index * stride) % all.length] ?? Buffer.alloc(60));
}

/** The address with each of its bits turned over in turn. */
function flips(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (0x80 >> (bit & 7)), bit >> 3);
    return copy;
  });
}

function text6(bytes: Buffer): string {
  return bytes.toString('hex').replace(/....(?!$)/g, '$&:');
}

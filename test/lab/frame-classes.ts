import { macBytes } from './ethernet.ts';
import * as frames from './frames.ts';
import type { Endpoint } from './endpoint.ts';

/** A kind of frame a matrix sends: once for every ordered pair of endpoints, or once per sender to a group. */
export type FrameClass =
  | { readonly name: string; readonly to: 'one'; readonly build: (from: Endpoint, to: Endpoint) => Buffer }
  | { readonly name: string; readonly to: 'all'; readonly build: (from: Endpoint) => Buffer };

/** The IPv4 address by which the standard classes know an endpoint: 10.x.y.z from the end of its MAC. */
export function ipOf(endpoint: Endpoint): string {
  return [10, ...macBytes(endpoint.mac).subarray(3)].join('.');
}

function path4(from: Endpoint, to: Endpoint): frames.Path {
  return { src: from.mac, dst: to.mac, srcIp: ipOf(from), dstIp: ipOf(to) };
}

function path6(from: Endpoint, to: Endpoint): frames.Path {
  return { src: from.mac, dst: to.mac, srcIp: frames.linkLocal(from.mac), dstIp: frames.linkLocal(to.mac) };
}

/** What honest hosts in one subnet say to each other, all untagged. */
export const STANDARD_CLASSES: readonly FrameClass[] = [
  {
    name: 'ARP request',
    to: 'all',
    build: (from) => frames.arpRequest({ src: from.mac, senderIp: ipOf(from), targetIp: '10.255.255.254' }),
  },
  {
    name: 'ARP reply',
    to: 'one',
    build: (from, to) => frames.arpReply({ src: from.mac, dst: to.mac, senderIp: ipOf(from), targetIp: ipOf(to) }),
  },
  { name: 'IPv4 ping', to: 'one', build: (from, to) => frames.icmpEcho(path4(from, to)) },
  { name: 'UDP', to: 'one', build: (from, to) => frames.udp(path4(from, to), 4000, 5000) },
  { name: 'DHCP discover', to: 'all', build: (from) => frames.dhcpDiscover({ src: from.mac }) },
  {
    name: 'IPv6 solicitation',
    to: 'one',
    build: (from, to) => frames.neighborSolicitation({ src: from.mac, target: frames.linkLocal(to.mac) }),
  },
  { name: 'IPv6 router solicitation', to: 'all', build: (from) => frames.routerSolicitation({ src: from.mac }) },
  { name: 'IPv6 ping', to: 'one', build: (from, to) => frames.icmpv6Echo(path6(from, to)) },
  { name: 'unknown type', to: 'one', build: (from, to) => frames.experimental(to.mac, from.mac) },
  { name: 'unknown broadcast', to: 'all', build: (from) => frames.experimental(frames.BROADCAST, from.mac) },
  { name: '802.3 LLC', to: 'one', build: (from, to) => frames.llc(to.mac, from.mac) },
];

/** The same frames with a VLAN tag put on by the sender; VID 0 is a mere priority. */
export function tagged(classes: readonly FrameClass[], vid: number, pcp = 0): FrameClass[] {
  return classes.map((frameClass) => {
    const name = `${frameClass.name}, tag ${vid}`;
    return frameClass.to === 'one'
      ? { name, to: 'one', build: (from, to) => frames.tag(frameClass.build(from, to), vid, pcp) }
      : { name, to: 'all', build: (from) => frames.tag(frameClass.build(from), vid, pcp) };
  });
}

import * as frames from '../lab/frames.ts';
import { STANDARD_CLASSES, ipOf, tagged } from '../lab/frame-classes.ts';
import { PRIMARY, ROUTER_MAC } from './cast.ts';
import type { Cast } from './cast.ts';
import type { FrameClass } from '../lab/frame-classes.ts';
import type { Policy } from '../lab/cell.ts';

/** A class of frames with the letter by which the tables know it. */
export interface FrameKind {
  readonly letter: string;
  readonly frameClass: FrameClass;
}

function standard(name: string): FrameClass {
  const found = STANDARD_CLASSES.find((frameClass) => frameClass.name === name);
  if (found === undefined) throw new Error(`the lab has no frames called '${name}'`);
  return found;
}

function renamed(frameClass: FrameClass, name: string): FrameClass {
  return { ...frameClass, name };
}

const PING = standard('IPv4 ping');
const SOLICITATION: FrameClass = {
  name: 'IPv6 neighbour solicitation (multicast)',
  to: 'all',
  build: (from) => frames.neighborSolicitation({ src: from.mac, target: 'fe80::fe' }),
};
const TAGGED = renamed(tagged([PING], PRIMARY)[0] ?? PING, `ping that its sender tagged ${PRIMARY}`);
const SPOOFED: FrameClass = {
  name: 'ping with the router’s MAC as its sender',
  to: 'one',
  build: (from, to) => frames.icmpEcho({ src: ROUTER_MAC, dst: to.mac, srcIp: ipOf(from), dstIp: ipOf(to) }),
};

/** What everyone sends to everyone: four honest kinds, then two that an attacker sends. */
export const FRAME_KINDS: readonly FrameKind[] = [
  { letter: 'A', frameClass: renamed(standard('ARP request'), 'ARP request (broadcast)') },
  { letter: 'U', frameClass: renamed(PING, 'IPv4 ping (unicast)') },
  { letter: 'B', frameClass: renamed(standard('DHCP discover'), 'DHCP discover (broadcast)') },
  { letter: '6', frameClass: SOLICITATION },
  { letter: 'T', frameClass: TAGGED },
  { letter: 'S', frameClass: SPOOFED },
];

/**
 * Narrows a policy of honest frames to the attackers' kinds: nobody gets through with a tag of their own, access ports included,
 * and an isolated guest gets nowhere with the router's address.
 */
export function attackersAside(policy: Policy, { isolated }: Cast): Policy {
  return (from, to, frameClass) =>
    frameClass !== TAGGED.name &&
    !(frameClass === SPOOFED.name && isolated.includes(from)) &&
    policy(from, to, frameClass);
}

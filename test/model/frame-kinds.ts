import { CONTENTS } from './topology.ts';
import type { Content, FrameSpec, TagSpec } from './topology.ts';

/** A kind of frame of the matrix: sent by every station, to every other one or once to a group. */
export interface FrameKind {
  readonly name: string;
  readonly to: 'one' | 'group';
  /** `to` is the index of the receiver; of the first promiscuous station for a group. */
  readonly build: (from: number, to: number, router: number) => FrameSpec;
}

/** Contents that make sense to everybody at once. */
const GROUP_CONTENTS: readonly Content[] = [
  'raw',
  'arp-request',
  'arp-announcement',
  'neighbour-solicitation',
  'neighbour-advertisement',
  'router-solicitation',
  'router-advertisement',
  'dhcp-discover',
  'dhcp-offer',
];
const RESERVED_CONTENTS: readonly Content[] = [
  ...(['lldp', 'eapol', 'bpdu', 'gvrp', 'pvst', 'cdp', 'isl', 'cisco-cfm', 'edp', 'eaps'] as const),
];
const CLAIMS: readonly Content[] = ['arp-reply', 'neighbour-solicitation', 'neighbour-advertisement'];

const TAGS: readonly (readonly [string, readonly TagSpec[]])[] = [
  ['priority', [{ vlan: 'zero', priority: 5 }]],
  ['primary', [{ vlan: 'primary' }]],
  ['other primary', [{ vlan: 'other-primary' }]],
  ['isolated VLAN', [{ vlan: 'isolated' }]],
  ['community VLAN', [{ vlan: 'community' }]],
  ['ordinary VLAN', [{ vlan: 'ordinary' }]],
  ['4095', [{ vlan: 'reserved' }]],
  ['service primary', [{ vlan: 'primary', service: true }]],
  ['priority+primary', [{ vlan: 'zero' }, { vlan: 'primary' }]],
  ['priority+priority+primary', [{ vlan: 'zero' }, { vlan: 'zero' }, { vlan: 'primary' }]],
  ['primary+primary', [{ vlan: 'primary' }, { vlan: 'primary' }]],
  ['ordinary+primary', [{ vlan: 'ordinary' }, { vlan: 'primary' }]],
];

function spec(from: number, content: Content, to: FrameSpec['to'], other: Partial<FrameSpec> = {}): FrameSpec {
  return { from, content, to, source: 'own', claim: 'own', tags: [], ...other };
}

function toOne(name: string, content: Content, other?: (to: number, router: number) => Partial<FrameSpec>): FrameKind {
  return { name, to: 'one', build: (from, to, router) => spec(from, content, to, other?.(to, router)) };
}

function toGroup(
  name: string,
  content: Content,
  group: 'broadcast' | 'multicast' | 'reserved' | 'unknown',
  other?: (router: number) => Partial<FrameSpec>,
): FrameKind {
  return { name, to: 'group', build: (from, _, router) => spec(from, content, group, other?.(router)) };
}

/** Every kind of frame that the matrix sends, honest ones first. */
export const FRAME_KINDS: readonly FrameKind[] = [
  ...CONTENTS.filter((content) => !RESERVED_CONTENTS.includes(content)).map((content) =>
    toOne(`${content} to one`, content),
  ),
  ...GROUP_CONTENTS.map((content) => toGroup(`${content} to all`, content, 'broadcast')),
  toGroup('multicast', 'udp4', 'multicast'),
  toGroup('multicast, IPv6', 'udp6', 'multicast'),
  toGroup('unknown unicast', 'raw', 'unknown'),
  ...RESERVED_CONTENTS.map((content) => toGroup(content, content, 'reserved')),
  ...CLAIMS.map((content) => toOne(`${content} as the router`, content, (_, router) => ({ claim: router }))),
  toGroup('arp-announcement as the router', 'arp-announcement', 'broadcast', (router) => ({ claim: router })),
  toOne("router's source", 'raw', (_, router) => ({ source: router })),
  toGroup("router's source to all", 'raw', 'broadcast', (router) => ({ source: router })),
  toOne("receiver's source", 'raw', (to) => ({ source: to })),
  toOne('unknown source', 'raw', () => ({ source: 'unknown' })),
  toOne('group source', 'raw', () => ({ source: 'group' })),
  ...TAGS.flatMap(([name, tags]) => [
    toOne(`tag ${name}`, 'raw', () => ({ tags })),
    toGroup(`tag ${name} to all`, 'raw', 'broadcast', () => ({ tags })),
    toOne(`tag ${name}, router's source`, 'raw', (_, router) => ({ tags, source: router })),
    toGroup(`tag ${name}, router's source to all`, 'raw', 'broadcast', (router) => ({ tags, source: router })),
  ]),
];

import type { MatchField } from '../openflow/match-fields.ts';
import type { Alike } from './domain.ts';
import type { FrameSet } from './frame-set.ts';
import { FRAME_FIELDS, type HeaderSpace } from './header-space.ts';
import type { ValueSet } from './value-set.ts';

/** The names that Open vSwitch's tools have for the fields (ovs-fields(7)). */
export const FIELD_NAMES: Readonly<Partial<Record<MatchField['name'], string>>> = {
  ethSrc: 'dl_src',
  ethDst: 'dl_dst',
  ethType: 'dl_type',
  vlan: 'VLAN',
  arpOp: 'arp_op',
  arpSpa: 'arp_spa',
  arpTpa: 'arp_tpa',
  arpSha: 'arp_sha',
  arpTha: 'arp_tha',
  ipProto: 'nw_proto',
  ipFrag: 'nw_frag',
  ipv4Src: 'nw_src',
  ipv4Dst: 'nw_dst',
  ipv6Src: 'ipv6_src',
  ipv6Dst: 'ipv6_dst',
  udpSrc: 'udp_src',
  udpDst: 'udp_dst',
  tcpSrc: 'tcp_src',
  tcpDst: 'tcp_dst',
  icmpv6Type: 'icmpv6_type',
  icmpv6Code: 'icmpv6_code',
  ndTarget: 'nd_target',
  ndSll: 'nd_sll',
  ndTll: 'nd_tll',
};

/** Values listed of one field; more are counted. */
const LISTED = 4;

/** A set of frames in words, as they came in: every field that is restricted, and "any other header" for the rest. */
export function describeFrames({ was }: FrameSet, space: HeaderSpace): string {
  const parts = FRAME_FIELDS.flatMap(({ name }, field) => {
    const [allowed, all] = [was[field], space.everything[field]];
    if (allowed === undefined || all === undefined || all.isWithin(allowed)) return [];
    return [`${FIELD_NAMES[name] ?? name} ${describeValues(name, allowed, all, space, field)}`];
  });
  return [...parts, 'any other header'].join(', ');
}

function describeValues(
  name: MatchField['name'],
  allowed: ValueSet,
  all: ValueSet,
  space: HeaderSpace,
  field: number,
): string {
  const domain = space.domain(field);
  const inside = domain.alike(allowed);
  const values = (alike: readonly Alike[]): readonly string[] => alike.map(({ witness }) => formatValue(name, witness));
  if (inside.every(({ isSingle }) => isSingle)) return listed(values(inside));
  const outside = domain.alike(all.without(allowed));
  if (outside.every(({ isSingle }) => isSingle)) return `not ${listed(values(outside))}`;
  return `such as ${listed(values(inside))}`;
}

function listed(values: readonly string[]): string {
  const more = values.length - LISTED;
  return values.slice(0, LISTED).join(' or ') + (more > 0 ? ` or ${more} more` : '');
}

/** A value of a field as Open vSwitch's tools write it. */
export function formatValue(name: MatchField['name'], value: bigint): string {
  switch (name) {
    case 'ethSrc':
    case 'ethDst':
    case 'arpSha':
    case 'arpTha':
    case 'ndSll':
    case 'ndTll':
      return (value.toString(16).padStart(12, '0').match(/../g) ?? []).join(':');
    case 'ipv4Src':
    case 'ipv4Dst':
    case 'arpSpa':
    case 'arpTpa':
      return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
    case 'ipv6Src':
    case 'ipv6Dst':
    case 'ndTarget':
      return (value.toString(16).padStart(32, '0').match(/..../g) ?? []).join(':');
    case 'ethType':
      return `0x${value.toString(16).padStart(4, '0')}`;
    case 'vlan':
      return value === 0n ? 'none' : String(value & 0xfffn);
    default:
      return String(value);
  }
}

import type { MatchField } from '../openflow/match-fields.ts';
import type { FrameSet } from './frame-set.ts';
import { ETH_TYPE, fieldIndex, VLAN, type HeaderSpace } from './header-space.ts';
import { FIELD_NAMES, formatValue } from './words.ts';

/** An ethertype that nothing looks into (IEEE 802: local experiments). */
const PLAIN_TYPE = 0x88b5n;
const LOCAL_PORT = 0xfffffffe;

const [ARP, IPV4, IPV6] = [0x806n, 0x800n, 0x86ddn] as const;
const [TCP, UDP, ICMPV6] = [6n, 17n, 58n] as const;

/** One frame of a set as `ofproto/trace` takes it (ovs-fields(7)), which came in by `ofport`. */
export function sampleFrame(frames: FrameSet, ofport: number, space: HeaderSpace): string {
  const pick = (name: MatchField['name'], preferred?: bigint): bigint =>
    value(frames, space, fieldIndex(name), preferred);
  const vlan = value(frames, space, VLAN, 0n);
  const type = value(frames, space, ETH_TYPE, PLAIN_TYPE);
  const text = (name: MatchField['name'], preferred?: bigint): string =>
    `${FIELD_NAMES[name] ?? name}=${formatValue(name, pick(name, preferred))}`;
  return [
    `in_port=${ofport === LOCAL_PORT ? 'LOCAL' : ofport}`,
    ...(vlan === 0n ? [] : [`dl_vlan=${vlan & 0xfffn}`]),
    text('ethSrc'),
    text('ethDst'),
    ...payload(type, pick, text),
  ].join();
}

function payload(
  type: bigint,
  pick: (name: MatchField['name'], preferred?: bigint) => bigint,
  text: (name: MatchField['name'], preferred?: bigint) => string,
): readonly string[] {
  if (type === ARP)
    return ['arp', ...(['arpOp', 'arpSpa', 'arpTpa', 'arpSha', 'arpTha'] as const).map((name) => text(name))];
  if (type !== IPV4 && type !== IPV6) return [`dl_type=${formatValue('ethType', type)}`];
  const proto = pick('ipProto', UDP);
  const addresses = type === IPV4 ? (['ipv4Src', 'ipv4Dst'] as const) : (['ipv6Src', 'ipv6Dst'] as const);
  const frag = ['no', 'first', '', 'later'][Number(pick('ipFrag', 0n))] ?? 'no';
  return [
    type === IPV4 ? 'ip' : 'ipv6',
    ...addresses.map((name) => text(name)),
    `nw_proto=${proto}`,
    'nw_ttl=64',
    ...(frag === 'no' ? [] : [`nw_frag=${frag}`]),
    ...(frag === 'later' ? [] : transport(type, proto, pick, text)),
  ];
}

function transport(
  type: bigint,
  proto: bigint,
  pick: (name: MatchField['name']) => bigint,
  text: (name: MatchField['name']) => string,
): readonly string[] {
  if (proto === UDP) return [text('udpSrc'), text('udpDst')];
  if (proto === TCP) return [text('tcpSrc'), text('tcpDst')];
  if (type !== IPV6 || proto !== ICMPV6) return [];
  const kind = pick('icmpv6Type');
  return [
    text('icmpv6Type'),
    text('icmpv6Code'),
    ...(kind === 135n ? [text('ndTarget'), text('ndSll')] : []),
    ...(kind === 136n ? [text('ndTarget'), text('ndTll')] : []),
  ];
}

/** A value that the field may have: `preferred` where that is one, else the first that is certain. */
function value(frames: FrameSet, space: HeaderSpace, field: number, preferred: bigint | undefined): bigint {
  const domain = space.domain(field);
  const allowed = frames.was[field] ?? domain.everything;
  if (preferred !== undefined && domain.includes(allowed, preferred)) return preferred;
  return domain.alike(allowed)[0]?.witness ?? preferred ?? 0n;
}

import fc, { type Arbitrary } from 'fast-check';
import { type Action, type FieldName, Port, type SubField } from '../../../src/openflow/action.ts';
import { formatIpv4, formatIpv6, formatMac } from '../../../src/openflow/address.ts';
import type { Flow } from '../../../src/openflow/flow.ts';
import type { Masked, Match } from '../../../src/openflow/match.ts';

/** Random flows that Open vSwitch accepts: every match has the prerequisites of its fields. */

const bytes = (length: number): Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const mac = bytes(6).map(formatMac);
const ipv4 = bytes(4).map(formatIpv4);
const ipv6 = fc.oneof(bytes(16), fc.constant(new Uint8Array(16)), sparse()).map(formatIpv6);
const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

function sparse(): Arbitrary<Uint8Array> {
  return fc
    .array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 })
    .map((list) => Uint8Array.from(list));
}

function maskable<T>(value: Arbitrary<T>): Arbitrary<Masked<T>> {
  return fc.oneof(fc.record({ value }), fc.record({ value, mask: value }));
}

/** Any subset of the members. */
function optional<T extends object>(members: { [K in keyof T]: Arbitrary<T[K]> }): Arbitrary<Partial<T>> {
  return fc.record<T, never>(members, { requiredKeys: [] }) as Arbitrary<Partial<T>>;
}

const vid = fc.nat(0x0fff);
const vlan: Arbitrary<Masked<number>> = fc.oneof(
  vid.map((id) => ({ value: 0x1000 | id, mask: 0x1fff })),
  vid.map((id) => ({ value: 0x1000 | id })),
  fc.tuple(vid, vid).map(([id, mask]) => ({ value: 0x1000 | id, mask: 0x1000 | mask })),
  fc.constantFrom(
    { value: 0 },
    { value: 0, mask: 0x1fff },
    { value: 0, mask: 0x0fff },
    { value: 0x1000, mask: 0x1000 },
  ),
);

const regs = fc.dictionary(fc.integer({ min: 0, max: 15 }).map(String), maskable(u32), {
  maxKeys: 4,
  noNullPrototype: true,
});

const link: Arbitrary<Match> = optional({
  inPort: fc.oneof(fc.integer({ min: 1, max: 0xfeff }), fc.constant<number>(Port.LOCAL)),
  ethSrc: maskable(mac),
  ethDst: maskable(mac),
  vlan,
  metadata: maskable(u64),
  regs,
});

const arp: Arbitrary<Match> = optional({
  arpOp: u8,
  arpSpa: maskable(ipv4),
  arpTpa: maskable(ipv4),
  arpSha: maskable(mac),
  arpTha: maskable(mac),
}).map((members) => ({ ...members, ethType: 0x0806 }));

const tcp: Arbitrary<Match> = optional({ tcpSrc: u16, tcpDst: u16 }).map((ports) => ({ ...ports, ipProto: 6 }));
const udp: Arbitrary<Match> = optional({ udpSrc: maskable(u16), udpDst: maskable(u16) }).map((ports) => ({
  ...ports,
  ipProto: 17,
}));
const transport: Arbitrary<Match> = fc.oneof(tcp, udp, optional({ ipProto: u8 }));
/** No fragment, any, the first, a later one, none but a later one. */
const ipFrag: Arbitrary<Masked<number>> = fc.constantFrom(
  { value: 0, mask: 1 },
  { value: 1, mask: 1 },
  { value: 1 },
  { value: 3 },
  { value: 0, mask: 2 },
);
const solicitation: Arbitrary<Match> = optional({ ndTarget: maskable(ipv6), ndSll: maskable(mac) }).map((members) => ({
  ...members,
  ipProto: 58,
  icmpv6Type: 135,
  icmpv6Code: 0,
}));
const advertisement: Arbitrary<Match> = optional({ ndTarget: maskable(ipv6), ndTll: maskable(mac) }).map((members) => ({
  ...members,
  ipProto: 58,
  icmpv6Type: 136,
  icmpv6Code: 0,
}));
const icmpv6: Arbitrary<Match> = optional({ icmpv6Type: u8, icmpv6Code: u8 }).map((members) => ({
  ...members,
  ipProto: 58,
}));

/** What is behind the IP header is in the first fragment alone (`mf_are_prereqs_ok` in OVS `lib/meta-flow.c`). */
function fragmented(match: Match): Match {
  const { ipFrag, ...whole } = match;
  const members = [
    'tcpSrc',
    'tcpDst',
    'udpSrc',
    'udpDst',
    'icmpv6Type',
    'icmpv6Code',
    'ndTarget',
    'ndSll',
    'ndTll',
  ] as const;
  const isLater = ((ipFrag?.value ?? 0) & 2) !== 0;
  return isLater && members.some((member) => match[member] !== undefined) ? whole : match;
}

function both(one: Arbitrary<Match>, other: Arbitrary<Match>): Arbitrary<Match> {
  return fc.tuple(one, other).map(([a, b]) => ({ ...a, ...b }));
}

const network: Arbitrary<Match> = fc.oneof(
  fc.constant<Match>({}),
  fc.constantFrom(0x88cc, 0x8863, 0x22f0).map((ethType) => ({ ethType })),
  arp,
  both(optional({ ipv4Src: maskable(ipv4), ipv4Dst: maskable(ipv4), ipFrag }), transport).map((ip) => ({
    ...fragmented(ip),
    ethType: 0x0800,
  })),
  both(
    optional({ ipv6Src: maskable(ipv6), ipv6Dst: maskable(ipv6), ipFrag }),
    fc.oneof(transport, solicitation, advertisement, icmpv6),
  ).map((ip) => ({ ...fragmented(ip), ethType: 0x86dd })),
);

export const match: Arbitrary<Match> = both(link, network);

const widths: readonly (readonly [FieldName, number])[] = [
  ['in_port', 16],
  ['vlan_tci', 16],
  ['eth_src', 48],
  ['eth_dst', 48],
  ['reg0', 32],
  ['reg1', 32],
  ['reg7', 32],
];
const arpWidths: readonly (readonly [FieldName, number])[] = [
  // Open vSwitch takes no ARP operation above 255.
  ['arp_op', 8],
  ['arp_spa', 32],
  ['arp_tpa', 32],
  ['arp_sha', 48],
  ['arp_tha', 48],
];

function subField(fields: typeof widths): Arbitrary<SubField> {
  return fc
    .constantFrom(...fields)
    .chain(([field, width]) =>
      fc
        .integer({ min: 0, max: width - 1 })
        .chain((offset) => fc.integer({ min: 1, max: width - offset }).map((bits) => ({ field, offset, bits }))),
    );
}

function whole(fields: typeof widths): Arbitrary<SubField> {
  return fc.constantFrom(...fields).map(([field, bits]) => ({ field, offset: 0, bits }));
}

function load(fields: typeof widths): Arbitrary<Action> {
  return fc
    .oneof(subField(fields), whole(fields))
    .chain((to) =>
      fc.bigInt({ min: 0n, max: (1n << BigInt(to.bits)) - 1n }).map((value) => ({ type: 'load', to, value }) as const),
    );
}

function move(fields: typeof widths): Arbitrary<Action> {
  return fc.tuple(subField(fields), subField(fields)).map(([from, to]): Action => {
    const bits = Math.min(from.bits, to.bits);
    return { type: 'move', from: { ...from, bits }, to: { ...to, bits } };
  });
}

function actions(fields: typeof widths): Arbitrary<Action[]> {
  const one: Arbitrary<Action[]> = fc.oneof(
    load(fields).map((action) => [action]),
    move(fields).map((action) => [action]),
    fc
      .oneof(fc.integer({ min: 1, max: 0xfeff }), fc.constantFrom<number>(...Object.values(Port)))
      .map((port): Action[] => [{ type: 'output', port }]),
    fc.record({ table: fc.nat(253) }).map(({ table }): Action[] => [{ type: 'resubmit', table }]),
    fc.record({ table: fc.nat(253), inPort: fc.nat(0xfeff) }).map((to): Action[] => [{ type: 'resubmit', ...to }]),
    fc
      .constantFrom(0x8100, 0x88a8)
      .map((ethertype): Action[] => [{ type: 'pushVlan', ethertype }, { type: 'popVlan' }]),
  );
  return fc.array(one, { maxLength: 6 }).map((list) => list.flat());
}

export const flow: Arbitrary<Flow> = match.chain((matched) =>
  fc
    .record({
      table: fc.nat(252),
      priority: u16,
      cookie: u64,
      actions: actions(matched.ethType === 0x0806 ? [...widths, ...arpWidths] : widths),
      goto: fc.boolean(),
    })
    .map(({ goto, ...flow }) => ({ ...flow, match: matched, ...(goto ? { gotoTable: flow.table + 1 } : {}) })),
);

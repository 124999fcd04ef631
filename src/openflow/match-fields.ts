import type { Masked, Match } from './match.ts';
import { canonicalTlv, IPV4, IPV6, MAC, OxmClass, oxmId, uint, UINT64, type ValueKind } from './oxm.ts';

/** A match while it is being put together. */
export type MatchDraft = { -readonly [K in keyof Match]: Match[K] };

/** A comparison as bytes, canonical. */
export interface Comparison {
  readonly value: Uint8Array;
  readonly mask?: Uint8Array;
}

/** One member of {@link Match} and the OXM that carries it. */
export interface MatchField {
  readonly name: keyof Match;
  readonly id: number;
  readonly bytes: number;
  /** Bits the field has; the wire pads on the left. */
  readonly bits: number;
  /** The member of `match` as bytes; `undefined` when it compares nothing. Throws InvalidFlow. */
  get(match: Match): Comparison | undefined;
  /** Sets the member; false when it cannot hold such a comparison. */
  set(draft: MatchDraft, comparison: Comparison): boolean;
}

type MembersOf<T> = { [K in keyof Match]-?: [Exclude<Match[K], undefined>] extends [T] ? K : never }[keyof Match];

const basic = (field: number): number => oxmId(OxmClass.OPENFLOW_BASIC, field);

function exact(name: MembersOf<number>, id: number, kind: ValueKind<number>): MatchField {
  return {
    name,
    id,
    bytes: kind.bytes,
    bits: kind.bits,
    get(match) {
      const value = match[name];
      return value === undefined ? undefined : { value: kind.encode(value) };
    },
    set(draft, { value, mask }) {
      if (mask === undefined) draft[name] = kind.decode(value);
      return mask === undefined;
    },
  };
}

function masked<T>(name: MembersOf<Masked<T>>, id: number, kind: ValueKind<T>): MatchField {
  return {
    name,
    id,
    bytes: kind.bytes,
    bits: kind.bits,
    get(match) {
      // MembersOf picked the members whose type is Masked<T>; the compiler cannot follow a generic key that far.
      const member = match[name] as Masked<T> | undefined;
      return member === undefined ? undefined : encodeMasked(member, kind);
    },
    set(draft, comparison) {
      Object.assign(draft, { [name]: decodeMasked(comparison, kind) });
      return true;
    },
  };
}

/** A masked value as canonical bytes; `undefined` when its mask is empty. */
export function encodeMasked<T>(member: Masked<T>, kind: ValueKind<T>): Comparison | undefined {
  const mask = member.mask === undefined ? undefined : kind.encode(member.mask);
  return canonicalTlv(kind.encode(member.value), mask, kind.bits);
}

export function decodeMasked<T>({ value, mask }: Comparison, kind: ValueKind<T>): Masked<T> {
  return mask === undefined ? { value: kind.decode(value) } : { value: kind.decode(value), mask: kind.decode(mask) };
}

/**
 * Every named field but the registers, each after the fields OVS requires before it (`lib/meta-flow.c`,
 * `mf_are_prereqs_ok`): eth_type before the network layer, ip_proto before ports, icmpv6_type before ND.
 */
export const MATCH_FIELDS: readonly MatchField[] = [
  exact('inPort', basic(0), uint(4)),
  masked('ethSrc', basic(4), MAC),
  masked('ethDst', basic(3), MAC),
  exact('ethType', basic(5), uint(2)),
  masked('vlan', basic(6), uint(2, 13)),
  masked('ipv4Src', basic(11), IPV4),
  masked('ipv4Dst', basic(12), IPV4),
  masked('ipv6Src', basic(26), IPV6),
  masked('ipv6Dst', basic(27), IPV6),
  exact('ipProto', basic(10), uint(1)),
  masked('ipFrag', oxmId(OxmClass.NXM_1, 26), uint(1, 2)),
  exact('tcpSrc', basic(13), uint(2)),
  exact('tcpDst', basic(14), uint(2)),
  masked('udpSrc', basic(15), uint(2)),
  masked('udpDst', basic(16), uint(2)),
  exact('icmpv6Type', basic(29), uint(1)),
  exact('icmpv6Code', basic(30), uint(1)),
  masked('ndTarget', basic(31), IPV6),
  masked('ndSll', basic(32), MAC),
  masked('ndTll', basic(33), MAC),
  exact('arpOp', basic(21), uint(2)),
  masked('arpSpa', basic(22), IPV4),
  masked('arpTpa', basic(23), IPV4),
  masked('arpSha', basic(24), MAC),
  masked('arpTha', basic(25), MAC),
  masked('metadata', basic(2), UINT64),
];

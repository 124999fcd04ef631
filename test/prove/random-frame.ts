import type { ValueSet } from '../../src/prove/value-set.ts';
import { fieldIndex, TAGGED, type HeaderSpace } from '../../src/prove/header-space.ts';
import type { MatchField } from '../../src/openflow/match-fields.ts';
import type { Random } from '../chaos/random.ts';
import { IPV4, MACS, VIDS } from './random-switch.ts';

/** One frame, as `ofproto/trace` takes it and as the proof does. */
export interface ConcreteFrame {
  readonly text: string;
  readonly values: readonly (readonly [MatchField['name'], bigint])[];
}

/** A frame of values that the flows of a random switch know, and of others. */
export function randomFrame(random: Random): ConcreteFrame {
  const src = random.pick(MACS.slice(0, 3)) ?? MACS[0];
  const dst = random.pick([...MACS, '02:00:00:00:00:99']) ?? MACS[0];
  const vid = random.below(2) === 0 ? undefined : (random.pick([...VIDS, 40]) ?? 0);
  const payload = randomPayload(random, vid !== undefined);
  return {
    text: [...(vid === undefined ? [] : [`dl_vlan=${vid}`]), `dl_src=${src}`, `dl_dst=${dst}`, payload.text].join(),
    values: [
      ['ethSrc', macNumber(src)],
      ['ethDst', macNumber(dst)],
      ['vlan', vid === undefined ? 0n : TAGGED | BigInt(vid)],
      ...payload.values,
    ],
  };
}

/** The headers of `frame` in `space`; fields that it does not have are 0, as Open vSwitch has them. */
export function headersOf({ values }: ConcreteFrame, space: HeaderSpace): readonly ValueSet[] {
  const known = new Map(values.map(([name, value]) => [fieldIndex(name), value]));
  return space.domains.map((domain, field) => domain.only(known.get(field) ?? 0n));
}

function randomPayload(random: Random, tagged: boolean): ConcreteFrame {
  const [from, to] = [random.pick(IPV4) ?? IPV4[0], random.pick(IPV4) ?? IPV4[0]];
  const sha = random.pick(MACS.slice(0, 3)) ?? MACS[0];
  const op = 1 + random.below(2);
  switch (random.below(tagged ? 5 : 4)) {
    case 0:
      return {
        text: `arp,arp_op=${op},arp_spa=${from},arp_tpa=${to},arp_sha=${sha}`,
        values: [
          ['ethType', 0x806n],
          ['arpOp', BigInt(op)],
          ['arpSpa', ipNumber(from)],
          ['arpTpa', ipNumber(to)],
          ['arpSha', macNumber(sha)],
        ],
      };
    case 1: {
      const port = 66 + random.below(3);
      return {
        text: `udp,nw_src=${from},nw_dst=${to},nw_ttl=64,udp_src=1000,udp_dst=${port}`,
        values: [
          ['ethType', 0x800n],
          ['ipProto', 17n],
          ['ipv4Src', ipNumber(from)],
          ['ipv4Dst', ipNumber(to)],
          ['udpSrc', 1000n],
          ['udpDst', BigInt(port)],
        ],
      };
    }
    case 2:
      return {
        text: `udp,nw_src=${from},nw_dst=${to},nw_ttl=64,nw_frag=later`,
        values: [
          ['ethType', 0x800n],
          ['ipProto', 17n],
          ['ipFrag', 3n],
          ['ipv4Src', ipNumber(from)],
          ['ipv4Dst', ipNumber(to)],
        ],
      };
    case 3:
      return { text: 'dl_type=0x88b5', values: [['ethType', 0x88b5n]] };
    default:
      // A second tag: Open vSwitch looks at one (vlan-limit 1).
      return { text: 'dl_type=0x8100', values: [['ethType', 0x8100n]] };
  }
}

function macNumber(mac: string): bigint {
  return BigInt(`0x${mac.replaceAll(':', '')}`);
}

function ipNumber(address: string): bigint {
  return address.split('.').reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

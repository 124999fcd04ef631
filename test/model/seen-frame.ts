import { EtherType, macText } from '../lab/ethernet.ts';
import { parseFrame } from '../lab/parse-frame.ts';

/** What the model looks at in a frame. */
export interface SeenFrame {
  readonly src: string;
  readonly dst: string;
  /** Outermost first. */
  readonly tags: readonly { readonly tpid: number; readonly vid: number }[];
  /** Bytes on the wire, the probe's mark included and the checksum not. */
  readonly length: number;
  /** Of what is behind the tags. */
  readonly ethertype: number;
  /** IP that receivers may read otherwise than switches: extension headers behind a payload length of 0. */
  readonly isDeceptive: boolean;
  /** Whose link-layer address the content speaks of: ARP sender, or the option of a neighbour solicitation or advertisement. */
  readonly claimedMac: string | undefined;
  /** Whose IP address the content speaks from: IP source or ARP sender; IPv6 as eight groups of four digits. */
  readonly claimedIp: string | undefined;
}

/** What `mark` adds to a frame that needs no padding. */
const MARK = 8;

/** Reads the bytes of a well-formed frame, not marked yet, as a bystander would. */
export function seeFrame(raw: Buffer): SeenFrame {
  const { src, dst, tags, ethertype, payload } = parseFrame(raw);
  const isDeceptive = ethertype === EtherType.IPV6 && payload.readUInt16BE(4) === 0 && payload[6] === 0;
  return { src, dst, tags, ethertype, isDeceptive, length: raw.length + MARK, ...claims(ethertype, payload) };
}

function claims(ethertype: number, payload: Buffer): Pick<SeenFrame, 'claimedMac' | 'claimedIp'> {
  switch (ethertype) {
    case EtherType.ARP: // RFC 826
      return { claimedMac: macText(payload.subarray(8, 14)), claimedIp: payload.subarray(14, 18).join('.') };
    case EtherType.IPV4:
      return { claimedMac: undefined, claimedIp: payload.subarray(12, 16).join('.') };
    case EtherType.IPV6:
      return { claimedMac: neighbourOption(payload), claimedIp: ipv6Text(payload.subarray(8, 24)) };
    default:
      return { claimedMac: undefined, claimedIp: undefined };
  }
}

/** The link-layer address in a neighbour solicitation (135) or advertisement (136), RFC 4861 section 4.6.1. */
function neighbourOption(packet: Buffer): string | undefined {
  const ICMPV6 = 58;
  const isNeighbour = packet[6] === ICMPV6 && (packet[40] === 135 || packet[40] === 136);
  const end = 40 + packet.readUInt16BE(4);
  return isNeighbour && end >= 72 ? macText(packet.subarray(66, 72)) : undefined;
}

/** An IPv6 address in one certain spelling. */
export function ipv6Text(bytes: Buffer): string {
  return bytes.toString('hex').replace(/....(?!$)/g, '$&:');
}

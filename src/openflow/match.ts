/** A value of which only the bits set in `mask` are compared. A match without a mask compares every bit. */
export interface Masked<T> {
  readonly value: T;
  readonly mask?: T;
}

/**
 * What a packet must look like for a flow to apply (OpenFlow 1.5 section 7.2.3, and NXM fields of OVS
 * `include/openvswitch/meta-flow.h`). An absent member is not compared. MAC addresses are lower-case
 * colon-separated text, IP addresses the canonical text of their family, numbers are unsigned.
 */
export interface Match {
  readonly inPort?: number;
  readonly ethSrc?: Masked<string>;
  readonly ethDst?: Masked<string>;
  readonly ethType?: number;
  /** OXM VLAN_VID: bit 12 (0x1000) says "a tag is present", the low 12 bits are its VLAN id. */
  readonly vlan?: Masked<number>;
  readonly arpOp?: number;
  readonly arpSpa?: Masked<string>;
  readonly arpTpa?: Masked<string>;
  readonly arpSha?: Masked<string>;
  readonly arpTha?: Masked<string>;
  readonly ipProto?: number;
  /** NXM_NX_IP_FRAG: bit 0 is set in every fragment of a packet, bit 1 in all of them but the first. */
  readonly ipFrag?: Masked<number>;
  readonly ipv4Src?: Masked<string>;
  readonly ipv4Dst?: Masked<string>;
  readonly ipv6Src?: Masked<string>;
  readonly ipv6Dst?: Masked<string>;
  readonly udpSrc?: Masked<number>;
  readonly udpDst?: Masked<number>;
  readonly tcpSrc?: number;
  readonly tcpDst?: number;
  readonly icmpv6Type?: number;
  readonly icmpv6Code?: number;
  readonly ndTarget?: Masked<string>;
  readonly ndSll?: Masked<string>;
  readonly ndTll?: Masked<string>;
  readonly metadata?: Masked<bigint>;
  /** Nicira registers by number, 32 bits each. */
  readonly regs?: Readonly<Record<number, Masked<number>>>;
  /** OXM fields this library has no name for, as hex of the whole TLV: read back, compared, never written by us. */
  readonly unknown?: readonly string[];
}

/** The frame carries no VLAN tag. */
export const UNTAGGED: Masked<number> = { value: 0, mask: 0x1fff };

/** The frame carries no tag, or a priority tag (VLAN id 0). */
export const UNTAGGED_OR_PRIORITY: Masked<number> = { value: 0, mask: 0x0fff };

/** The frame carries a tag, whichever. */
export const TAGGED: Masked<number> = { value: 0x1000, mask: 0x1000 };

/** The packet is a fragment, whichever; its ports read 0 (`frag_handling` normal, ovs-fields(7)). */
export const FRAGMENT: Masked<number> = { value: 1, mask: 1 };

/** The frame's outer tag carries VLAN `vid` (0 to 4095). */
export function taggedWith(vid: number): Masked<number> {
  return { value: 0x1000 | vid, mask: 0x1fff };
}

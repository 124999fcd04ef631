/** Numbers of the protocols that the guard looks into. */

export const IPV4 = 0x0800;
export const ARP = 0x0806;
export const RARP = 0x8035;
export const IPV6 = 0x86dd;

/** EtherTypes of VLAN tags (IEEE 802.1Q and 802.1ad): seen as the type of a frame, they are a second tag. */
export const TAG_TYPES = [0x8100, 0x88a8] as const;

/** Types that switches took for tags before those two were agreed on: some still do, so behind a tag they are a way into a VLAN. */
export const OTHER_TAG_TYPES = [0x9100, 0x9200, 0x9300] as const;

export const IGMP = 2;
export const UDP = 17;
export const ICMPV6 = 58;

/** ICMPv6 types of neighbour discovery (RFC 4861 section 4) and of multicast listener discovery (RFC 2710, RFC 3810). */
export const Nd = {
  ROUTER_SOLICITATION: 133,
  ROUTER_ADVERTISEMENT: 134,
  SOLICITATION: 135,
  ADVERTISEMENT: 136,
  REDIRECT: 137,
} as const;

/** Reports that a host may send before it has an address: MLDv1 report and done, MLDv2 report. */
export const MLD_REPORTS = [131, 132, 143] as const;

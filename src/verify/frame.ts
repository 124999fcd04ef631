import type { IpPrefix } from '../pvlan/guest-facts.ts';

/** A frame to ask ovs-vswitchd about. */
export interface Frame {
  /** OpenFlow 1.1 numbering. */
  readonly inPort: number;
  readonly src: string;
  readonly dst: string;
  /** Undefined for an untagged frame. */
  readonly vid: number | undefined;
  readonly payload: Payload;
}

/**
 * What is in the frame. `ip` and `ipv6`: packets of which the switch could not read the headers; `piece`: neighbour discovery in a
 * fragment; `old tag`: a tag of a type before IEEE 802.1ad; `pppoe`: a protocol without addresses.
 */
export type Payload = 'udp' | 'udp6' | 'arp' | 'nd' | 'ip' | 'ipv6' | 'piece' | 'old tag' | 'pppoe';

/** What a sender truthfully says of itself inside its frames. */
export interface Speaker {
  /** Undefined where it is known to have none: it can still ask for one by DHCP. */
  readonly ipv4: string | undefined;
  readonly ipv6: string;
}

export const BROADCAST = 'ff:ff:ff:ff:ff:ff';
/** mDNS, by IPv4 (RFC 6762): a group that no router or switch treats specially. */
export const MULTICAST = '01:00:5e:00:00:fb';
/** The solicited-node address of fe80::1 (RFC 4291 section 2.7.1). */
export const SOLICITED_NODE = '33:33:ff:00:00:01';

const LOCAL_PORT = 0xfffffffe;

/**
 * The frame as `ofproto/trace` reads it (ovs-fields(7)). Addresses of the other end are from the documentation prefixes and the
 * same for every receiver, so that frames of a sender and payload differ in `dl_dst` alone.
 */
export function frameText(frame: Frame, from: Speaker): string {
  const inPort = frame.inPort === LOCAL_PORT ? 'LOCAL' : String(frame.inPort);
  const vlan = frame.vid === undefined ? '' : `,dl_vlan=${frame.vid}`;
  return `in_port=${inPort}${vlan},dl_src=${frame.src},dl_dst=${frame.dst},${payloadText(frame, from)}`;
}

function payloadText({ src, payload }: Frame, { ipv4, ipv6 }: Speaker): string {
  switch (payload) {
    case 'udp':
      return ipv4 === undefined
        ? 'udp,nw_src=0.0.0.0,nw_dst=255.255.255.255,nw_ttl=64,udp_src=68,udp_dst=67'
        : `udp,nw_src=${ipv4},nw_dst=192.0.2.254,nw_ttl=64,udp_src=49152,udp_dst=9`;
    case 'udp6':
      return `udp6,ipv6_src=${ipv6},ipv6_dst=2001:db8::fe,nw_ttl=64,udp_src=49152,udp_dst=9`;
    case 'arp':
      return `arp,arp_op=1,arp_sha=${src},arp_spa=${ipv4 ?? '0.0.0.0'},arp_tpa=192.0.2.254`;
    case 'nd':
    case 'piece':
      return (
        `icmp6,nw_ttl=255,ipv6_src=${ipv6},ipv6_dst=ff02::1:ff00:1,${payload === 'nd' ? '' : 'nw_frag=first,'}` +
        `icmpv6_type=135,icmpv6_code=0,nd_target=fe80::1,nd_sll=${src}`
      );
    case 'ip':
      return `ip,nw_src=${ipv4 ?? '192.0.2.1'},nw_dst=192.0.2.254,nw_proto=0`;
    case 'ipv6':
      return `ipv6,ipv6_src=${ipv6},ipv6_dst=ff02::1:ff00:1,nw_proto=0`;
    case 'old tag':
      return 'dl_type=0x9100';
    case 'pppoe':
      return 'dl_type=0x8863';
  }
}

/** What a sender with `mac` says of itself, given the only IP addresses it may use; undefined: any. */
export function speaker(mac: string, addresses: readonly IpPrefix[] | undefined): Speaker {
  const ipv4 = addresses === undefined ? '192.0.2.1' : addresses.find(({ family }) => family === 4)?.address;
  // Its link-local address may have to be listed.
  const listed = addresses?.find(({ family }) => family === 6)?.address;
  return { ipv4, ipv6: listed ?? linkLocal(mac) };
}

/** The link-local address a host makes of its MAC (RFC 4291 appendix A). */
function linkLocal(mac: string): string {
  const octets = mac.split(':').map((octet) => Number.parseInt(octet, 16));
  octets.splice(3, 0, 0xff, 0xfe);
  octets[0] = (octets[0] ?? 0) ^ 2;
  const words: string[] = [];
  for (let at = 0; at < 8; at += 2) words.push((((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0)).toString(16));
  return `fe80::${words.join(':')}`;
}

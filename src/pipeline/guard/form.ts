import { FRAGMENT, type Match } from '../../openflow/match.ts';
import { Cause } from '../cause.ts';
import { Guard } from '../layout.ts';
import { ICMPV6, IPV4, IPV6, Nd, OTHER_TAG_TYPES, TAG_TYPES } from '../protocols.ts';
import { drop, type Rule } from './rule.ts';

/** IPv6 "no next header": what the kernel datapath reports where it cannot follow the extension headers. */
const NO_NEXT_HEADER = 59;

/**
 * What nobody may send because Open vSwitch reads it otherwise than who receives it, so that no other guard could judge it. Each
 * was tried on the userspace datapath against Linux; `test/integration/agent/header-tricks.test.ts` shows them.
 *
 * - A second tag, of the types that any switch has ever taken for one.
 * - IP whose headers were not understood (`nw_proto` 0): lengths that do not agree, extension headers behind a payload length of
 *   0, which Linux takes, cut or longer than the packet; before 2.15 also more than 255 bytes of padding.
 * - ICMPv6 of type 0, which is reserved and stands for a message too short to have one, as in a first fragment cut that way.
 * - Neighbour discovery in fragments, which RFC 6980 forbids and not every receiver refuses.
 * - Solicitations and advertisements of which ovs-vswitchd reads no target: options malformed or repeated (lib/flow.c).
 */
export function malformed(): readonly Rule[] {
  const icmp = (icmpv6Type: number): Match => ({ ethType: IPV6, ipProto: ICMPV6, icmpv6Type });
  return [
    ...[...TAG_TYPES, ...OTHER_TAG_TYPES].map((ethType) => ({ ethType })),
    { ethType: IPV4, ipProto: 0 },
    { ethType: IPV6, ipProto: 0 },
    { ethType: IPV6, ipProto: NO_NEXT_HEADER },
    icmp(0),
    ...Object.values(Nd).map((type) => ({ ...icmp(type), ipFrag: FRAGMENT })),
    ...[Nd.SOLICITATION, Nd.ADVERTISEMENT].map((type) => ({ ...icmp(type), ndTarget: { value: '::' } })),
  ].map((match) => drop(Guard.REFUSE, Cause.MALFORMED, match));
}

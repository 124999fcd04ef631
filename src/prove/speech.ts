import type { Masked, Match } from '../openflow/match.ts';
import type { IpPrefix } from '../pvlan/guest-facts.ts';
import type { Party } from './party.ts';

/** Frames that may not leave, whoever would get them: those that fit `within` and none of `but`. */
export interface Forbidden {
  /** What is the case if some do. */
  readonly reason: string;
  readonly within: Match;
  readonly but: readonly Match[];
}

const [ARP, IPV4, IPV6, ICMPV6, IGMP, UDP] = [0x806, 0x800, 0x86dd, 58, 2, 17] as const;
const NO_MAC = { value: '00:00:00:00:00:00' };
const NO_IPV4 = { value: '0.0.0.0' };
const NO_IPV6 = { value: '::' };
const LINK_LOCAL: Masked<string> = { value: 'fe80::', mask: 'ffc0::' };
const icmp = (icmpv6Type: number): Match => ({ ethType: IPV6, ipProto: ICMPV6, icmpv6Type });

/** Frames between switches, that a guest has no part in: those of bridges (IEEE 802.1Q tables 8-1 and 10-1) and of vendors' protocols. */
const BETWEEN_SWITCHES: readonly Masked<string>[] = [
  { value: '01:80:c2:00:00:00', mask: 'ff:ff:ff:ff:ff:f0' },
  { value: '01:80:c2:00:00:20', mask: 'ff:ff:ff:ff:ff:f0' },
  { value: '01:00:0c:00:00:00' },
  { value: '01:00:0c:cc:cc:c0', mask: 'ff:ff:ff:ff:ff:f8' },
  { value: '01:00:0c:cc:cc:cc', mask: 'ff:ff:ff:ff:ff:fe' },
  { value: '01:00:0c:cd:cd:cd' },
  { value: '00:e0:2b:00:00:00' },
  { value: '00:e0:2b:00:00:04', mask: 'ff:ff:ff:ff:ff:fd' },
];

/** What no frame of a guest may say, without a word about flows. */
export function forbiddenSpeech(guest: Party): readonly Forbidden[] {
  return [...neighbours(guest), ...FORM, ...sources(guest), ...services(guest)];
}

/** A guest draws another's traffic to itself by its link-layer address in ARP (RFC 826) and neighbour discovery (RFC 4861). */
function neighbours({ macs, groupMacs = [] }: Party): readonly Forbidden[] {
  const own = [...macs, ...groupMacs];
  return [
    {
      reason: 'its ARP claims a link-layer address that is not its own',
      within: { ethType: ARP },
      but: own.map((value) => ({ arpSha: { value } })),
    },
    {
      reason: 'its neighbour solicitations claim a link-layer address that is not its own',
      within: icmp(135),
      but: [NO_MAC, ...own.map((value) => ({ value }))].map((ndSll) => ({ ndSll, ...icmp(135) })),
    },
    {
      reason: 'its neighbour advertisements claim a link-layer address that is not its own',
      within: icmp(136),
      but: [NO_MAC, ...own.map((value) => ({ value }))].map((ndTll) => ({ ndTll, ...icmp(136) })),
    },
  ];
}

const none = (reason: string, within: Match): Forbidden => ({ reason, within, but: [] });

/** What a receiver may read otherwise than Open vSwitch does, so that nothing else here is said of it. */
const FORM: readonly Forbidden[] = [
  ...[0x8100, 0x88a8, 0x9100, 0x9200, 0x9300].map((ethType) =>
    none('its frames leave with a tag inside that nothing has judged', { ethType }),
  ),
  ...[IPV4, IPV6].map((ethType) =>
    none('its IP packets leave whose headers nobody could read', { ethType, ipProto: 0 }),
  ),
  none('its IPv6 packets leave whose headers nobody could read', { ethType: IPV6, ipProto: 59 }),
  none('its ICMPv6 leaves with a type that nobody could read', icmp(0)),
  ...[133, 134, 135, 136, 137].map((type) =>
    none('its neighbour discovery leaves in fragments', { ...icmp(type), ipFrag: { value: 1, mask: 1 } }),
  ),
  ...[135, 136].map((type) =>
    none('its neighbour discovery leaves with a target that nobody could read', { ...icmp(type), ndTarget: NO_IPV6 }),
  ),
  ...BETWEEN_SWITCHES.map((ethDst) => none('its frames leave toward what switches tell each other', { ethDst })),
];

/** Of a guest whose IP addresses are known. Link-local ones are judged as one: whose they are is a question of each pair. */
function sources({ addresses, guards }: Party): readonly Forbidden[] {
  if (addresses === undefined) return [];
  const own = (family: 4 | 6): readonly Masked<string>[] =>
    addresses.filter((one) => one.family === family).map((one) => maskedOf(one));
  const listed = guards?.linkLocal === 'listed' ? [] : [LINK_LOCAL];
  const reason = 'its packets leave under an IP address that is not its own';
  return [
    {
      reason,
      within: { ethType: IPV4 },
      but: [
        ...own(4).map((ipv4Src): Match => ({ ethType: IPV4, ipv4Src })),
        { ethType: IPV4, ipv4Src: NO_IPV4, ipProto: IGMP },
        { ethType: IPV4, ipv4Src: NO_IPV4, ipProto: UDP, udpSrc: { value: 68 }, udpDst: { value: 67 } },
      ],
    },
    {
      reason: 'its ARP claims an IP address that is not its own',
      within: { ethType: ARP },
      but: own(4).flatMap((one): readonly Match[] => [{ arpSpa: one }, { arpSpa: NO_IPV4, arpTpa: one }]),
    },
    { reason, within: { ethType: IPV6 }, but: [NO_IPV6, ...own(6), ...listed].map((ipv6Src) => ({ ipv6Src })) },
    {
      reason: 'it advertises an IP address that is not its own',
      within: icmp(136),
      but: [...own(6), ...listed].map((ndTarget) => ({ ...icmp(136), ndTarget })),
    },
    ...(guards?.otherProtocols === true
      ? [
          {
            reason: 'it sends what is neither IP nor ARP',
            within: {},
            but: [IPV4, IPV6, ARP, 0x8035].map((ethType) => ({ ethType })),
          },
        ]
      : []),
  ];
}

function services({ guards }: Party): readonly Forbidden[] {
  if (guards?.routerAdvertisement !== true) return [];
  return [134, 137].map((type) => ({
    reason: 'it advertises routes, which is forbidden',
    within: icmp(type),
    but: [],
  }));
}

function maskedOf({ family, address, length }: IpPrefix): Masked<string> {
  return length === (family === 4 ? 32 : 128)
    ? { value: address }
    : { value: address, mask: family === 4 ? mask4(length) : mask6(length) };
}

function mask4(length: number): string {
  return [0, 8, 16, 24].map((from) => leadingBits(length - from, 8)).join('.');
}

function mask6(length: number): string {
  return Array.from({ length: 8 }, (_, group) => leadingBits(length - group * 16, 16).toString(16)).join(':');
}

/** A number of `width` bits of which the first `bits` are set. */
function leadingBits(bits: number, width: number): number {
  const set = Math.min(Math.max(bits, 0), width);
  return 2 ** width - 2 ** (width - set);
}

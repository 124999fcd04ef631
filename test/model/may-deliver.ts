import { EtherType } from '../lab/ethernet.ts';
import type { Port, Pvlan, Station } from './station.ts';
import type { SeenFrame } from './seen-frame.ts';

/** `must`: exactly one copy arrives. `may`: one or none. `never`: none. */
export type Expectation = 'must' | 'may' | 'never';

/** What holds for the network as a whole. */
export interface Network {
  readonly pvlans: readonly Pvlan[];
  /** Guests may speak of their own addresses only: ARP sender, link-layer options of neighbour discovery, IP source. */
  readonly sourceGuards: boolean;
  /** The VLANs that links between switches carry without a tag: 0, and their native VLAN if they have one. */
  readonly untaggedVlans: readonly number[];
  /** Links between switches return by one cable what they got by another: two copies pass where a station is not known. */
  readonly reflects?: boolean;
  /** Guests' frames that carry nothing but a priority (VID 0) count as untagged. */
  readonly priorityTags: boolean;
}

const RESERVED_VID = 4095;
/** IEEE 802.3: the longest frame of a network with an MTU of 1500, without tag and checksum. */
const LONGEST = 1514;

/**
 * Whether a frame that `sender` puts on the wire arrives at `receiver`. RFC 5517 section 2 says who talks to whom, section 3
 * what links between switches carry; IEEE 802.1Q and 802.1D say the rest. It assumes that switches have learned nothing
 * wrong; the answer is the least that who talks to whom, the destination and the sender's conduct each allow.
 */
export function mayDeliver(sender: Station, receiver: Station, frame: SeenFrame, network: Network): Expectation {
  if (sender === receiver) return 'never';
  return least(
    conduct(sender, frame, network),
    destination(receiver, frame),
    standing(sender),
    standing(receiver),
    customer(sender, receiver, frame),
    ...bestOf(vlansEntered(sender.port, frame, network).map((vlan) => relation(sender, receiver, vlan, network))),
  );
}

/** What the station's address still allows: of two that claim one address, at most one is believed, and no impostor ever. */
function standing(station: Station): Expectation {
  return { sound: 'must', contested: 'may', impostor: 'never' }[station.standing] as Expectation;
}

/**
 * What a tag of its own, behind that of its VLAN, still allows a station: guests are stations of one VLAN, and Open vSwitch floods
 * no frame with two tags to an access port of the same bridge (ofproto-dpif-xlate.c, `xbundle_includes_vlan`).
 */
function customer({ port, place }: Station, receiver: Station, { tags }: SeenFrame): Expectation {
  return isTunnel(port) && tags.length > 0 && (isGuest(receiver.port) || place === receiver.place) ? 'may' : 'must';
}

/** Whether the frame is a thief's: of one that says who it is, and uses another's address in a Private VLAN. */
export function isTheft(sender: Station, frame: SeenFrame, network: Network): boolean {
  if (sender.isHeld !== true || sender.macs.includes(frame.src)) return false;
  return vlansEntered(sender.port, frame, network).some((vlan) => network.pvlans.some((one) => has(one, vlan)));
}

/** What the sender's own behaviour still allows. */
function conduct(sender: Station, frame: SeenFrame, network: Network): Expectation {
  const [outer, ...inner] = frame.tags;
  const honestSource = sender.macs.includes(frame.src);
  // IEEE 802.1Q table 9-2: VID 0xFFF is reserved and must not be on any wire.
  if (outer?.vid === RESERVED_VID) return 'never';
  if (isTheft(sender, frame, network)) return 'never';
  // A link has room for one VLAN tag, but not for the service tag that a tunnel puts on.
  const room = isTunnel(sender.port) ? -4 : outer === undefined ? 0 : 4;
  const fits = frame.length - room <= LONGEST ? 'must' : 'may';
  if (isGuest(sender.port)) {
    // A guest speaks from its own address, untagged or with a mere priority (VID 0): RFC 5517 knows hosts of one VLAN only.
    if (!honestSource || (outer !== undefined && outer.vid !== 0)) return 'never';
    if (network.sourceGuards && (claimsAnother(sender, frame) || frame.isDeceptive)) return 'never';
    // What is for switches is not a guest's to say, nor is anything that some switch takes for a tag.
    if (isReserved(frame.dst) || frame.ethertype === EtherType.OLD_TAG) return 'never';
    if (sender.addresses.length > 0 && !ADDRESSED.includes(frame.ethertype)) return 'never';
    return outer === undefined || (network.priorityTags && isPlainTag(outer) && inner.length === 0) ? fits : 'may';
  }
  if (outer !== undefined && !isPlainTag(outer)) return 'may';
  if (isGroup(frame.src)) return 'may';
  // A switch may distrust what could pass for a Private VLAN's station: there, an address that is not the sender's, and an
  // ordinary sender altogether where the VLAN tells what a sender is.
  const vlans = vlansEntered(sender.port, frame, network);
  const pvlan = network.pvlans.find((one) => vlans.some((vlan) => has(one, vlan)));
  const isTrusted = pvlan === undefined || (honestSource && (isInPvlan(sender.port) || pvlan.secondaries.length === 0));
  return isTrusted ? fits : 'may';
}

/** What the destination address still allows. */
function destination(receiver: Station, { dst }: SeenFrame): Expectation {
  // IEEE 802.1Q table 8-1: bridges keep frames to these groups to themselves; Open vSwitch does by default.
  if (isReserved(dst)) return isGuest(receiver.port) ? 'never' : 'may';
  if (isGroup(dst) || receiver.macs.includes(dst)) return 'must';
  // Other stations' frames may be flooded, but no guest gets to see them.
  return isGuest(receiver.port) ? 'never' : 'may';
}

/** The VLANs that the frame belongs to once the sender's switch has taken it in; none when a plain switch drops it. */
export function vlansEntered(port: Port, { tags }: SeenFrame, { untaggedVlans }: Network): number[] {
  const vid = tags[0]?.vid ?? 0;
  switch (port.kind) {
    case 'isolated':
    case 'community':
      return [port.pvlan.primary];
    case 'promiscuous':
      if (isTunnel(port) || (port.accepts === 'either' && vid === 0)) return [port.pvlan.primary];
      return port.tagged || port.accepts === 'either'
        ? vid === port.pvlan.primary
          ? [vid]
          : []
        : vid === 0
          ? [port.pvlan.primary]
          : [];
    case 'access':
      return vid === 0 ? withExposed(port.vlan, tags.slice(1), untaggedVlans) : [];
    case 'trunk':
      return carries(port.trunks, vid) ? withExposed(vid, tags.slice(1), untaggedVlans) : [];
    case 'tunnel':
      return withExposed(port.vlan, tags, untaggedVlans);
  }
}

/**
 * The VLAN, and those that come to light switch by switch: where a link carries a VLAN without a tag, the tag behind it is
 * the one that counts at the next switch.
 */
function withExposed(vlan: number, behind: SeenFrame['tags'], untaggedVlans: readonly number[]): number[] {
  const all = [vlan, ...behind.map(({ vid }) => vid)];
  const firstKept = all.findIndex((vid) => !untaggedVlans.includes(vid));
  return firstKept < 0 ? all : all.slice(0, firstKept + 1);
}

/** Who may talk to whom about a frame of VLAN `vlan`. */
function relation(sender: Station, receiver: Station, vlan: number, network: Network): Expectation {
  const from = sender.port;
  const to = receiver.port;
  if (isShut(from, network) || isShut(to, network)) return 'never';
  // Ordinary ports among themselves: plain VLAN switching.
  if (to.kind === 'access') return to.vlan === vlan ? 'must' : 'never';
  if (to.kind === 'trunk' || to.kind === 'tunnel') {
    const trunks = to.kind === 'trunk' ? to.trunks : [to.vlan];
    if (!isInPvlan(from)) return carries(trunks, vlan) ? 'must' : 'never';
    // An ordinary port that carries the VLANs of a Private VLAN is a link (RFC 5517 section 3): it may see its frames.
    return [from.pvlan.primary, ...from.pvlan.secondaries].some((own) => carries(trunks, own)) ? 'may' : 'never';
  }
  // An ordinary port is no station of a Private VLAN: its frames never get to guests, whatever tag and source they bear.
  if (!isInPvlan(from)) return to.kind === 'promiscuous' && has(to.pvlan, vlan) ? 'may' : 'never';
  // RFC 5517 section 2: separate Private VLANs do not talk; promiscuous talks to all; isolated to promiscuous only;
  if (from.pvlan.primary !== to.pvlan.primary) return 'never';
  if (from.kind === 'promiscuous' || to.kind === 'promiscuous') return 'must';
  if (from.kind === 'isolated' || to.kind === 'isolated') return 'never';
  // a community to itself. With no VLAN of its own (wire mode `single`) it ends where the link to other switches begins.
  const spansSwitches = network.pvlans.some(
    ({ primary, secondaries }) => primary === from.pvlan.primary && secondaries.length > 0,
  );
  return from.community === to.community && (spansSwitches || sender.place === receiver.place) ? 'must' : 'never';
}

/** Whether the content speaks of addresses that are not the sender's. */
function claimsAnother(sender: Station, { claimedMac, claimedIp }: SeenFrame): boolean {
  const foreignMac = claimedMac !== undefined && !sender.macs.includes(claimedMac);
  const isUnspecified = claimedIp === '0.0.0.0' || claimedIp === '0000:0000:0000:0000:0000:0000:0000:0000';
  const foreignIp = claimedIp !== undefined && !isUnspecified && !sender.addresses.includes(claimedIp);
  return foreignMac || (sender.addresses.length > 0 && foreignIp);
}

/** Of several VLANs that the frame may belong to, none is certain; without any it is dropped. */
function bestOf(expectations: readonly Expectation[]): Expectation[] {
  const [only, ...others] = expectations;
  if (only === undefined) return ['never'];
  if (others.length === 0) return [only];
  return expectations.every((one) => one === 'never') ? ['never'] : ['may'];
}

function least(...expectations: readonly Expectation[]): Expectation {
  return expectations.includes('never') ? 'never' : expectations.includes('may') ? 'may' : 'must';
}

/** Protocols in which a guest names its address. */
const ADDRESSED: readonly number[] = [EtherType.IPV4, EtherType.IPV6, EtherType.ARP, EtherType.RARP];

/** IEEE's addresses of bridges and of their registration protocols, Cisco's and Extreme's. */
function isReserved(dst: string): boolean {
  return /^(01:80:c2:00:00:[02]|01:00:0c:(00:00:00|cc:cc:c[0-7cd]|cd:cd:cd)|00:e0:2b:00:00:0[046])/.test(dst);
}

type PvlanPort = Exclude<Port, { readonly kind: 'access' | 'trunk' | 'tunnel' }>;

export function isInPvlan(port: Port): port is PvlanPort {
  return port.kind !== 'access' && port.kind !== 'trunk' && port.kind !== 'tunnel';
}

/** Whether a tag that its sender puts on is content, behind that of the port's VLAN. */
export function isTunnel(port: Port): boolean {
  return port.kind === 'tunnel' || (port.kind === 'promiscuous' && port.accepts === 'all');
}

/** Secondary VLANs are for the guests of the Private VLAN: an ordinary port that is in nothing else is of no use. */
function isShut(port: Port, { pvlans }: Network): boolean {
  return port.kind === 'tunnel' && pvlans.some(({ secondaries }) => secondaries.includes(port.vlan));
}

export function isGuest(port: Port): boolean {
  return port.kind === 'isolated' || port.kind === 'community';
}

function has(pvlan: Pvlan, vlan: number): boolean {
  return pvlan.primary === vlan || pvlan.secondaries.includes(vlan);
}

function carries(trunks: readonly number[], vlan: number): boolean {
  return trunks.length === 0 || trunks.includes(vlan);
}

export function isGroup(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}

/** A customer tag (IEEE 802.1Q), which is what access ports and trunks mean; not a service tag (802.1ad). */
function isPlainTag(tag: { readonly tpid: number }): boolean {
  return tag.tpid === 0x8100;
}

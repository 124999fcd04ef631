import type { DesiredBridge, JudgedPort } from '../../desire/desired-bridge.ts';
import type { VlanId } from '../../pvlan/vlan-id.ts';
import { carriesTagged, carriesUntagged } from '../../pvlan/vlan-setting.ts';
import { secondaryVlans } from '../../pvlan/wire-mode.ts';
import type { PairRule } from '../pair-rule.ts';
import { memberOf, stationsOf } from '../station.ts';
import type { LearnedAddress } from './learned.ts';
import type { PartyElsewhere, PartyHere } from '../party.ts';

/** A port by which frames of somebody come in, and the tag on them; undefined for none. */
export interface Entrance {
  readonly bridge: string;
  readonly port: string;
  /** OpenFlow 1.1 numbering. */
  readonly ofport: number;
  readonly vid: number | undefined;
  /** How this place is known: it is the sender's own, the switch has heard it there, or it is one that leads to other switches. */
  readonly by: 'port' | 'heard' | 'uplink';
}

/** Where the frames of a port come in, of a router's trunk in the VLAN in which the two meet; undefined while ovs-vswitchd has given it no number. */
export function ownEntrance({ desired, judged: { port } }: PartyHere, rule: PairRule): Entrance | undefined {
  const [ofport] = port.ofports;
  if (ofport === undefined) return undefined;
  const own = stationsOf(desired).find(({ name }) => name === port.name);
  const station = own !== undefined && rule.kind === 'roles' ? (memberOf(own, rule.role.primary) ?? own) : own;
  const vid = station === undefined || station.untagged ? undefined : station.role?.primary;
  return { bridge: desired.bridge, port: port.name, ofport, vid, by: 'port' };
}

/**
 * Where frames of `sender`, which is elsewhere, come in to `receiver`: where its bridge has heard the sender in a VLAN of a Private
 * VLAN, else by the first port to other switches that carries the receiver's, tagged as it comes there.
 */
export function wireEntrance(
  sender: PartyElsewhere,
  receiver: PartyHere,
  heard: readonly LearnedAddress[],
): Entrance | undefined {
  const { desired, judged } = receiver;
  const wanted = primariesOf(judged);
  const plans = desired.primaries.filter(({ primary }) => wanted.length === 0 || wanted.includes(primary));
  const vlans = plans.flatMap(({ primary, wire }) => [primary, ...secondaryVlans(wire).map(({ vid }) => vid)]);
  const uplinks = desired.ports.filter(({ verdict, port }) => verdict.kind === 'wire' && port.ofports.length > 0);
  for (const { ofport, vlan } of heard.filter(({ bridge, mac }) => bridge === desired.bridge && mac === sender.mac)) {
    const uplink = uplinks.find(({ port }) => port.ofports.includes(ofport));
    if (uplink !== undefined && vlans.some((vid) => vid === vlan))
      return entrance(desired, uplink, ofport, vlan, 'heard');
  }
  for (const vlan of vlans) {
    const uplink = uplinks.find(({ port }) => carries(port, vlan) && port.ownMac === undefined);
    const ofport = uplink?.port.ofports[0];
    if (uplink !== undefined && ofport !== undefined) return entrance(desired, uplink, ofport, vlan, 'uplink');
  }
  return undefined;
}

/** The primary VLANs that a port has a part in. */
export function primariesOf({ verdict }: JudgedPort): readonly VlanId[] {
  if (verdict.kind === 'guest') return [verdict.role.primary];
  return verdict.kind === 'promiscuous' ? verdict.primaries : [];
}

function entrance(
  { bridge }: DesiredBridge,
  { port }: JudgedPort,
  ofport: number,
  vlan: number,
  by: Entrance['by'],
): Entrance {
  return { bridge, port: port.name, ofport, vid: carriesUntagged(port.vlan, vlan) ? undefined : vlan, by };
}

function carries({ vlan }: JudgedPort['port'], vid: number): boolean {
  return carriesTagged(vlan, vid) || carriesUntagged(vlan, vid);
}

import type { DesiredBridge, JudgedPort } from '../desire/desired-bridge.ts';
import { currentSetting } from '../observe/original-setting.ts';
import type { PrimaryPlan } from '../pipeline/bridge-plan.ts';
import type { IpPrefix } from '../pvlan/guest-facts.ts';
import { portSetting } from '../pvlan/port-setting.ts';
import type { Role } from '../pvlan/role.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import { secondaryVlans } from '../pvlan/wire-mode.ts';
import { sameVlanSetting, type VlanSetting } from '../pvlan/vlan-setting.ts';

/** A port of a Private VLAN, or one that is closed to all of them. */
export interface Station {
  readonly bridge: string;
  readonly name: string;
  /** OpenFlow 1.1 numbering; undefined while ovs-vswitchd has given it none. */
  readonly ofport: number | undefined;
  /** Undefined for promiscuous ports that say nothing of themselves. */
  readonly mac: string | undefined;
  /** Further addresses it may use. */
  readonly extraMacs: readonly string[];
  /** Undefined for a quarantined port: it may talk to nobody. */
  readonly role: Role | undefined;
  /** How its own frames of the primary VLAN look. */
  readonly untagged: boolean;
  readonly tagged: boolean;
  /** How those that it gets look. */
  readonly getsUntagged: boolean;
  /** The only IP addresses it may use; undefined where any will do. */
  readonly addresses: readonly IpPrefix[] | undefined;
  /** Primary VLANs it is promiscuous in besides its role's: a router's trunk. */
  readonly alsoIn: readonly VlanId[];
  /** The VLAN setting its verdict asks for, where the row has another. */
  readonly unsettled: { readonly wanted: VlanSetting; readonly found: VlanSetting } | undefined;
}

/** The ports of a bridge that Private VLANs are concerned with. */
export function stationsOf(desired: DesiredBridge): readonly Station[] {
  return desired.ports.flatMap((judged) => stationOf(desired.bridge, judged) ?? []);
}

/** Stations that share one primary VLAN of one bridge. */
export interface Group {
  readonly bridge: string;
  /** Undefined for a bridge with quarantined ports and no Private VLAN. */
  readonly primary: VlanId | undefined;
  readonly stations: readonly Station[];
  /** Promiscuous addresses of the primary VLAN that no guest may use. */
  readonly promiscuousMacs: readonly string[];
  /** The primary VLAN and its secondary VLANs: tags that no guest may put on. */
  readonly tags: readonly number[];
  /** Guests with known addresses send nothing in which none stands. */
  readonly onlyAddressed: boolean;
  /** Every port of the bridge, and the Private VLAN's plan there: by them frames may come in from outside. */
  readonly ports: readonly JudgedPort[];
  readonly plan: PrimaryPlan | undefined;
}

/** Every Private VLAN of a bridge with its members; quarantined ports are strangers to each of them. */
export function groupsOf(desired: DesiredBridge): readonly Group[] {
  const { bridge } = desired;
  const stations = stationsOf(desired);
  const closed = stations.filter((station) => station.role === undefined);
  const groups = desired.primaries.map((plan) => {
    const { primary, promiscuousMacs, wire, guards } = plan;
    const members = [...stations.flatMap((station) => memberOf(station, primary) ?? []), ...closed];
    return {
      bridge,
      primary,
      stations: members,
      promiscuousMacs,
      tags: [primary, ...secondaryVlans(wire).map(({ vid }) => vid)],
      onlyAddressed: guards.otherProtocols,
      ports: desired.ports,
      plan,
    };
  });
  const inhabited = groups.filter((group) => group.stations.length > 0);
  if (inhabited.length > 0 || closed.length === 0) return inhabited;
  return [
    {
      bridge,
      primary: undefined,
      stations: closed,
      promiscuousMacs: [],
      tags: [],
      onlyAddressed: false,
      ports: desired.ports,
      plan: undefined,
    },
  ];
}

/** The station as the Private VLAN `primary` has it; undefined where it is not in that one. */
export function memberOf(station: Station, primary: VlanId): Station | undefined {
  if (station.role?.primary === primary) return station;
  if (!station.alsoIn.includes(primary)) return undefined;
  return { ...station, role: { kind: 'promiscuous', primary }, untagged: false, tagged: true, getsUntagged: false };
}

function stationOf(bridge: string, { port, verdict }: JudgedPort): Station | undefined {
  if (verdict.kind === 'wire' || verdict.kind === 'stranger') return undefined;
  const wanted = portSetting(verdict);
  const found = currentSetting(port.row);
  const base = {
    bridge,
    name: port.name,
    ofport: port.ofports[0],
    unsettled: wanted === undefined || sameVlanSetting(wanted, found) ? undefined : { wanted, found },
  };
  const plain = {
    ...base,
    extraMacs: [],
    addresses: undefined,
    alsoIn: [],
    untagged: true,
    tagged: false,
    getsUntagged: true,
  };
  switch (verdict.kind) {
    case 'guest': {
      const { mac, role, extraMacs, addresses } = verdict;
      return { ...plain, mac, role, extraMacs, addresses };
    }
    case 'promiscuous': {
      const { mac, role, primaries, untagged, tagged, getsUntagged } = verdict;
      const alsoIn = primaries.filter((primary) => primary !== role.primary);
      return { ...plain, mac, role, alsoIn, untagged, tagged, getsUntagged };
    }
    case 'quarantined':
      return { ...plain, mac: port.attachedMac, role: undefined };
  }
}

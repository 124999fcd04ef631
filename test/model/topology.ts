/** Where a port is: a hypervisor, or the physical switch between them. */
export type Place = 'a' | 'b' | 'upstream';

export const COMMUNITIES = ['red', 'blue'] as const;
export type Community = (typeof COMMUNITIES)[number];

/** What else may be said of a guest. */
interface GuestTraits {
  /** Its port is created as a trunk of VLAN 4095. */
  readonly bornParked?: boolean;
  /** It has a second MAC address, as VRRP gives. */
  readonly extraMac?: boolean;
  /** Its IP addresses are configured. */
  readonly knownAddresses?: boolean;
  /** It was given the MAC address of the port with that index. */
  readonly macOf?: number | undefined;
}

/** A port as a test case writes it down; VLANs and addresses are given when it is played. `pvlan` counts from 0. */
export type PortSpec =
  | ({ readonly kind: 'isolated'; readonly place: Place; readonly pvlan: number } & GuestTraits)
  | ({
      readonly kind: 'community';
      readonly place: Place;
      readonly pvlan: number;
      readonly community: Community;
    } & GuestTraits)
  /** `by`: an access port of the primary without or with a guest's identity, a portgroup, or another kind of port. */
  | {
      readonly kind: 'promiscuous';
      readonly place: Place;
      readonly pvlan: number;
      readonly by: 'access' | 'guest-access' | 'portgroup' | 'trunk' | 'native-tagged' | 'native-untagged' | 'tunnel';
    }
  | { readonly kind: 'access'; readonly place: Place; readonly guest: boolean }
  /** `vlans`: every VLAN, or untagged frames and the ordinary VLAN alone. `nested`: the operator lets it use any address. */
  | { readonly kind: 'trunk'; readonly place: Place; readonly vlans: 'all' | 'ordinary'; readonly nested?: boolean }
  /** A `dot1q-tunnel` port of a guest outside, in the ordinary VLAN or in one of the first Private VLAN's. */
  | { readonly kind: 'tunnel'; readonly place: Place; readonly vlan: 'ordinary' | 'primary' | 'isolated' };

/** A VLAN tag that a sender puts on: one of the test case's VLANs by its meaning. */
export interface TagSpec {
  readonly vlan: 'zero' | 'reserved' | 'primary' | 'other-primary' | 'isolated' | 'community' | 'ordinary' | 'unused';
  readonly service?: boolean;
  readonly priority?: number;
}

export const CONTENTS = [
  'raw',
  'llc',
  'udp4',
  'ping4',
  'udp6',
  'arp-request',
  'arp-reply',
  'arp-announcement',
  'neighbour-solicitation',
  'neighbour-advertisement',
  'router-solicitation',
  'router-advertisement',
  'dhcp-discover',
  'dhcp-offer',
  'full-size',
  'lldp',
  'eapol',
  'bpdu',
  'pvst',
  'cdp',
  'isl',
  'cisco-cfm',
  'edp',
  'eaps',
  'gvrp',
  'pppoe',
  'old-tag',
  'hidden-solicitation',
] as const;
export type Content = (typeof CONTENTS)[number];

/** A frame as a test case writes it down; numbers are indexes of ports. */
export interface FrameSpec {
  readonly from: number;
  readonly content: Content;
  readonly to: number | 'broadcast' | 'multicast' | 'unknown' | 'reserved';
  /** The source address on the wire. */
  readonly source: number | 'own' | 'unknown' | 'group';
  /** The second address of sender and destination is meant, where they have one. */
  readonly extra?: boolean;
  /** Whose addresses the content speaks of. */
  readonly claim: number | 'own';
  /** Outermost first. */
  readonly tags: readonly TagSpec[];
}

/** How the two cables of each hypervisor are one port; `balance-tcp` with LACP, the others with a switch that knows nothing of it. */
export const BOND_MODES = ['active-backup', 'balance-slb', 'balance-tcp'] as const;
export type BondMode = (typeof BOND_MODES)[number];

/** A test case: a network and what is sent in it. */
export interface Topology {
  /** The hypervisors' uplinks are such bonds; only cases with the same are played together. Default: one cable each. */
  readonly bond?: BondMode | undefined;
  /** The cables between switches carry the ordinary VLAN without a tag; such a case is played alone. */
  readonly nativeUplinks?: boolean;
  /** Wire mode of each Private VLAN. */
  readonly modes: readonly ('single' | 'secondary')[];
  readonly ports: readonly PortSpec[];
  readonly frames: readonly FrameSpec[];
}

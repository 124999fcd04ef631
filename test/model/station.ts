/** A Private VLAN as the network knows it. */
export interface Pvlan {
  readonly primary: number;
  /** VLANs of the isolated set and of the communities; none in wire mode `single`. */
  readonly secondaries: readonly number[];
}

/** What a station's port is (RFC 5517 section 2), or how a plain switch treats it. */
export type Port =
  | { readonly kind: 'isolated'; readonly pvlan: Pvlan }
  | { readonly kind: 'community'; readonly pvlan: Pvlan; readonly community: string }
  /**
   * `tagged`: it gets the primary VLAN's frames with their tag, otherwise without. `accepts`: it may send them either way (the
   * primary is its native VLAN), or all it sends is in that VLAN (`dot1q-tunnel`); default: as it gets them.
   */
  | {
      readonly kind: 'promiscuous';
      readonly pvlan: Pvlan;
      readonly tagged: boolean;
      readonly accepts?: 'either' | 'all' | undefined;
    }
  /** An ordinary access port of a VLAN that belongs to no Private VLAN. */
  | { readonly kind: 'access'; readonly vlan: number }
  /** An ordinary trunk; `trunks` empty stands for all VLANs, untagged frames being VLAN 0. */
  | { readonly kind: 'trunk'; readonly trunks: readonly number[] }
  /** A port whose frames are all in one VLAN, their own tags being content (`dot1q-tunnel`). */
  | { readonly kind: 'tunnel'; readonly vlan: number };

/** Something that sends and receives frames, at one port of one switch. */
export interface Station {
  readonly name: string;
  /** The switch it is plugged into. */
  readonly place: string;
  /** Its own addresses; never empty. */
  readonly macs: readonly string[];
  /** The IP addresses it is held to; empty when nobody knows them. */
  readonly addresses: readonly string[];
  readonly port: Port;
  /** An ordinary station that says which address is its own: in a Private VLAN's VLANs it may use no other. */
  readonly isHeld?: boolean;
  /** Nobody told its switch which address is its own. */
  readonly isUnnamed?: boolean;
  /** What follows from its address: an impostor has that of a promiscuous station, a contested one that of a peer. */
  readonly standing: 'sound' | 'contested' | 'impostor';
}

/** The station as a reader of a report recognises it. */
export function describeStation({ name, place, port }: Station): string {
  const vlans = (list: readonly number[]): string => (list.length === 0 ? 'all' : list.join(','));
  switch (port.kind) {
    case 'isolated':
      return `${name}@${place} isolated-${port.pvlan.primary}`;
    case 'community':
      return `${name}@${place} community-${port.pvlan.primary}-${port.community}`;
    case 'promiscuous':
      return `${name}@${place} promisc-${port.pvlan.primary}${port.tagged ? ' (trunk)' : ''}`;
    case 'access':
      return `${name}@${place} access ${port.vlan}`;
    case 'tunnel':
      return `${name}@${place} tunnel ${port.vlan}`;
    case 'trunk':
      return `${name}@${place} trunk ${vlans(port.trunks)}`;
  }
}

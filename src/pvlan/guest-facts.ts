import type { GroupMac, Mac } from './mac.ts';

/** An IP address or network that a guest may use as a source; `length` counts the leading bits that are fixed. */
export interface IpPrefix {
  readonly family: 4 | 6;
  /** Canonical text of its family (RFC 5952 for IPv6). */
  readonly address: string;
  /** 0 to 32 or 0 to 128. */
  readonly length: number;
}

/** What the operator knows of a guest's NIC beyond its portgroup. */
export interface GuestFacts {
  /** Every address the guest may use; undefined where they are not known, and then not checked. */
  readonly addresses: readonly IpPrefix[] | undefined;
  /** Further station addresses the guest may use: VRRP, nested guests. */
  readonly extraMacs: readonly Mac[];
  /** Group addresses that it may name as its own in ARP and neighbour discovery. */
  readonly groupMacs?: readonly GroupMac[];
  /** It switches for others behind it, so outside every Private VLAN it may use any address that is nobody else's. */
  readonly nested?: boolean;
}

export const NO_FACTS: GuestFacts = { addresses: undefined, extraMacs: [] };

import type { GuestFacts } from './guest-facts.ts';
import type { Mac } from './mac.ts';
import type { PortgroupTable } from './portgroup.ts';
import type { VlanId } from './vlan-id.ts';
import type { WireMode } from './wire-mode.ts';

/**
 * Which link-local addresses a guest with known IPv6 addresses may use: any that is nobody else's, those formed from its MAC
 * addresses (RFC 4291 appendix A), or those among its known ones alone.
 */
export type LinkLocal = 'any' | 'eui64' | 'listed';

/** What guests of a Private VLAN may not be, though their role allows it. */
export interface Guards {
  /** Drops what a DHCP server would send: UDP from ports 67 and 547, to ports 68 and 546, and in fragments, which hide theirs. */
  readonly dhcpServer: boolean;
  /** Drops IPv6 router advertisements and redirects. */
  readonly routerAdvertisement: boolean;
  /** Drops from guests with known IP addresses whatever is not IPv4, ARP or IPv6. */
  readonly otherProtocols: boolean;
  readonly linkLocal: LinkLocal;
}

/** The guards of a Private VLAN of which nothing is configured. */
export const NO_GUARDS: Guards = {
  dhcpServer: false,
  routerAdvertisement: false,
  otherProtocols: true,
  linkLocal: 'any',
};

/** A Private VLAN as the operator describes it. */
export interface PrivateVlan {
  readonly primary: VlanId;
  /** Addresses of promiscuous stations elsewhere: physical routers, VRRP addresses, routers on other hypervisors. */
  readonly promiscuousMacs: readonly Mac[];
  readonly wire: WireMode;
  readonly guards: Guards;
}

/** Everything the operator decides. */
export interface Policy {
  readonly pvlans: readonly PrivateVlan[];
  /** Roles of portgroups whose names are outside the convention. */
  readonly portgroups: PortgroupTable;
  /** What happens to a guest's port of which no source tells the portgroup; one that was in hand before stays closed either way. */
  readonly unresolved: 'quarantine' | 'open';
  /** What happens to guests outside every Private VLAN, by bridge; on one that is not named they stay open. */
  readonly outside: ReadonlyMap<string, 'open' | 'quarantine'>;
  /** Facts of guests by their address; they add to what the guest's own sources say. */
  readonly guests: ReadonlyMap<Mac, GuestFacts>;
}

import type { Mac } from './mac.ts';
import type { Role } from './role.ts';
import type { VlanId } from './vlan-id.ts';

/** A Private VLAN as the operator describes it. */
export interface PrivateVlan {
  readonly primary: VlanId;
  /** Addresses of promiscuous stations elsewhere: physical routers, VRRP addresses, routers on other hypervisors. */
  readonly promiscuousMacs: readonly Mac[];
}

/** Everything the operator decides. */
export interface Policy {
  readonly pvlans: readonly PrivateVlan[];
  /** Roles of portgroups whose names are outside the convention. */
  readonly portgroups: ReadonlyMap<string, Role>;
  /** What happens to a guest's port of which no source tells the portgroup. */
  readonly unresolved: 'quarantine' | 'open';
}

import type { Mac } from '../pvlan/mac.ts';
import type { ConfinedRole } from '../pvlan/role.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';

/** A guest's port on some host. */
export interface FleetEndpoint {
  readonly host: string;
  readonly name: string;
  /** What tells its NIC from every other (`iface-id`); empty where nobody knows. */
  readonly nic: string;
  readonly mac: Mac;
  readonly extraMacs: readonly Mac[];
  readonly role: ConfinedRole;
  /** Its guest is on the way to or from another host. */
  readonly moving: boolean;
}

/** An address of a promiscuous port on some host. */
export interface FleetRouter {
  readonly host: string;
  readonly pvlan: VlanId;
  readonly mac: Mac;
  readonly port: string;
}

/** What the operator has decided for a Private VLAN of the whole fleet. */
export interface FleetPolicy {
  readonly pvlan: VlanId;
  /** Hosts that are believed when they say that they have a router. */
  readonly routerHosts: ReadonlySet<string>;
  /** Addresses of routers, wherever they are. */
  readonly routerMacs: ReadonlySet<Mac>;
  /** Hosts whose guests are believed to be of the community that they name. */
  readonly communityHosts: ReadonlySet<string>;
}

/** What is known of all hosts. Values are checked: nothing in here is as somebody wrote it. */
export interface FleetFacts {
  readonly endpoints: readonly FleetEndpoint[];
  readonly routers: readonly FleetRouter[];
  readonly policies: ReadonlyMap<VlanId, FleetPolicy>;
  /** Hosts that the janitor has not heard of. */
  readonly silent: readonly string[];
  /** Hosts of which some rows are not used, and why. */
  readonly excess: ReadonlyMap<string, string>;
}

/** Nothing is known. */
export const NO_FLEET: FleetFacts = {
  endpoints: [],
  routers: [],
  policies: new Map(),
  silent: [],
  excess: new Map(),
};

import type { Mac } from './mac.ts';
import type { Policy } from './policy.ts';
import type { Verdict } from './verdict.ts';
import type { VlanId } from './vlan-id.ts';

/** An address that speaks for a promiscuous station of a primary VLAN. */
export interface PromiscuousAddress {
  /** Whose it is, in words. */
  readonly owner: string;
  /**
   * The bridge whose ports alone have it, so that no other switch can bring its frames there. Undefined where the station may be
   * elsewhere as well: the operator lists the address, ports of several bridges have it, or its guest is on the move.
   */
  readonly home: string | undefined;
}

/** The promiscuous addresses of each primary VLAN. */
export type PromiscuousAddresses = ReadonlyMap<VlanId, ReadonlyMap<Mac, PromiscuousAddress>>;

/** A promiscuous station that others tell of. */
export interface RouterElsewhere {
  readonly mac: Mac;
  /** Whose it is, in words. */
  readonly owner: string;
}

/** What is told of promiscuous stations on other hosts, by primary VLAN: believed where nothing here contradicts it. */
export type RoutersElsewhere = ReadonlyMap<VlanId, readonly RouterElsewhere[]>;

/** Nobody tells of any. */
export const NO_ROUTERS: RoutersElsewhere = new Map();

/** The promiscuous addresses that `policy` lists and those of the promiscuous ports among the verdicts of each bridge. */
export function promiscuousAddresses(
  policy: Policy,
  bridges: ReadonlyMap<string, readonly Verdict[]>,
): PromiscuousAddresses {
  const addresses = new Map<VlanId, Map<Mac, PromiscuousAddress>>();
  const add = (primary: VlanId, mac: Mac, owner: string, home: string | undefined): void => {
    const ofPrimary = addresses.get(primary) ?? new Map<Mac, PromiscuousAddress>();
    addresses.set(primary, ofPrimary);
    const known = ofPrimary.get(mac);
    if (known === undefined) ofPrimary.set(mac, { owner, home });
    else if (known.home !== home) ofPrimary.set(mac, { ...known, home: undefined });
  };
  for (const { primary, promiscuousMacs } of policy.pvlans) {
    for (const mac of promiscuousMacs) add(primary, mac, `promiscuousMacs of VLAN ${primary}`, undefined);
  }
  for (const [bridge, verdicts] of bridges) {
    for (const verdict of verdicts) {
      if (verdict.kind !== 'promiscuous' || verdict.mac === undefined) continue;
      const { port } = verdict;
      const macs = [verdict.mac, ...(policy.guests.get(verdict.mac)?.extraMacs ?? []), ...port.facts.extraMacs];
      const owner = `promiscuous port ${port.name} of bridge ${bridge}`;
      for (const primary of verdict.primaries) {
        for (const mac of macs) add(primary, mac, owner, port.moving ? undefined : bridge);
      }
    }
  }
  return addresses;
}

/**
 * `addresses`, and in the Private VLANs of this host those of `elsewhere`. What is here wins: an address that a promiscuous port of
 * this host has keeps its home, and one of a guest who is served here already (`isServed`) is not believed to be a router's.
 */
export function withRoutersElsewhere(
  addresses: PromiscuousAddresses,
  elsewhere: RoutersElsewhere,
  primaries: ReadonlySet<VlanId>,
  isServed: (primary: VlanId, mac: Mac) => boolean,
): PromiscuousAddresses {
  const relevant = [...elsewhere].filter(([primary]) => primaries.has(primary));
  if (relevant.length === 0) return addresses;
  const all = new Map(addresses);
  for (const [primary, routers] of relevant) {
    const believed = routers.filter(({ mac }) => !isServed(primary, mac));
    const known = addresses.get(primary) ?? new Map<Mac, PromiscuousAddress>();
    const told = believed.map(({ mac, owner }) => [mac, { owner, home: undefined }] as const);
    all.set(primary, new Map([...told, ...known]));
  }
  return all;
}

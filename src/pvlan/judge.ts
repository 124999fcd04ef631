import { judgeGuest, judgePlain } from './judge-port.ts';
import type { Mac } from './mac.ts';
import type { Policy } from './policy.ts';
import { settleContradictions } from './settle.ts';
import type { SwitchPort } from './switch-port.ts';
import type { PromiscuousEndpoint, Verdict } from './verdict.ts';
import type { VlanId } from './vlan-id.ts';
import { VlanPlan } from './vlan-plan.ts';

/** Promiscuous addresses of each primary VLAN and whose they are, in words. */
export type PromiscuousAddresses = ReadonlyMap<VlanId, ReadonlyMap<Mac, string>>;

/** What one host's Private VLANs come to. */
export interface Judgement {
  /** One verdict per port, by bridge. */
  readonly bridges: ReadonlyMap<string, readonly Verdict[]>;
  readonly promiscuous: PromiscuousAddresses;
}

/**
 * Decides for every port of a host what it is to the Private VLANs. Ports are judged one by one first, then against each
 * other: whatever is unknown, half-known or contradicts another port is quarantined.
 */
export function judge(bridges: ReadonlyMap<string, readonly SwitchPort[]>, policy: Policy): Judgement {
  const plan = new VlanPlan(policy.pvlans);
  const guests = new Map<SwitchPort, Verdict>();
  for (const ports of bridges.values()) {
    for (const port of ports) if (port.kind === 'guest') guests.set(port, judgeGuest(port, policy, plan));
  }
  const primaries = new Set<VlanId>(policy.pvlans.map((pvlan) => pvlan.primary));
  for (const verdict of guests.values()) if ('role' in verdict) primaries.add(verdict.role.primary);

  const single = new Map<string, Verdict[]>();
  for (const [bridge, ports] of bridges) {
    const verdicts = ports.map((port) => {
      const verdict = guests.get(port);
      if (verdict === undefined || verdict.kind === 'stranger') return judgePlain(port, primaries);
      return verdict.kind === 'promiscuous' ? withTrunk(verdict, primaries) : verdict;
    });
    single.set(bridge, verdicts);
  }
  const promiscuous = promiscuousAddresses(policy, single);
  const settled = new Map<string, readonly Verdict[]>();
  for (const [bridge, verdicts] of single) settled.set(bridge, settleContradictions(verdicts, promiscuous));
  return { bridges: settled, promiscuous };
}

/** A router's trunk serves every primary VLAN that its trunk list names, besides the one its portgroup names. */
function withTrunk(endpoint: PromiscuousEndpoint, primaries: ReadonlySet<VlanId>): PromiscuousEndpoint {
  if (!endpoint.tagged) return endpoint;
  const others = endpoint.port.vlan.trunks.filter((vid): vid is VlanId => primaries.has(vid as VlanId));
  return { ...endpoint, primaries: [...new Set([endpoint.role.primary, ...others])] };
}

function promiscuousAddresses(
  policy: Policy,
  bridges: ReadonlyMap<string, readonly Verdict[]>,
): ReadonlyMap<VlanId, ReadonlyMap<Mac, string>> {
  const addresses = new Map<VlanId, Map<Mac, string>>();
  const add = (primary: VlanId, mac: Mac, owner: string): void => {
    const ofPrimary = addresses.get(primary) ?? new Map<Mac, string>();
    addresses.set(primary, ofPrimary);
    if (!ofPrimary.has(mac)) ofPrimary.set(mac, owner);
  };
  for (const pvlan of policy.pvlans) {
    for (const mac of pvlan.promiscuousMacs) add(pvlan.primary, mac, `promiscuousMacs of VLAN ${pvlan.primary}`);
  }
  for (const [bridge, verdicts] of bridges) {
    for (const verdict of verdicts) {
      if (verdict.kind !== 'promiscuous' || verdict.mac === undefined) continue;
      const macs = [verdict.mac, ...(policy.guests.get(verdict.mac)?.extraMacs ?? []), ...verdict.port.facts.extraMacs];
      for (const primary of verdict.primaries) {
        for (const mac of macs) add(primary, mac, `promiscuous port ${verdict.port.name} of bridge ${bridge}`);
      }
    }
  }
  return addresses;
}

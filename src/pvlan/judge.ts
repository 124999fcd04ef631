import { judgeGuest, judgeOutside, judgePlain } from './judge-port.ts';
import type { Policy } from './policy.ts';
import { promiscuousAddresses, type PromiscuousAddresses } from './promiscuous-addresses.ts';
import { settleContradictions } from './settle.ts';
import type { SwitchPort } from './switch-port.ts';
import type { PromiscuousEndpoint, Verdict } from './verdict.ts';
import type { VlanId } from './vlan-id.ts';
import { VlanPlan } from './vlan-plan.ts';

/** What one host's Private VLANs come to. */
export interface Judgement {
  /** One verdict per port, by bridge. */
  readonly bridges: ReadonlyMap<string, readonly Verdict[]>;
  readonly promiscuous: PromiscuousAddresses;
  /** Every primary VLAN of the host: the configured ones, and those of the roles of its guests. */
  readonly primaries: ReadonlySet<VlanId>;
}

interface Remembered {
  /** The primary VLANs of the host, which the verdict depends on besides the port. */
  readonly primaries: string;
  readonly verdict: Verdict;
}

/** Where a port is judged: its bridge, and the Private VLANs of the host, `names` for short. */
interface Place {
  readonly bridge: string;
  readonly primaries: ReadonlySet<VlanId>;
  readonly names: string;
}

/** What is known of ports by one policy. */
interface Known {
  readonly policy: Policy;
  readonly plan: VlanPlan;
  readonly guests: WeakMap<SwitchPort, Verdict>;
  readonly verdicts: WeakMap<SwitchPort, Remembered>;
}

function nothingKnown(policy: Policy): Known {
  return { policy, plan: new VlanPlan(policy.pvlans), guests: new WeakMap(), verdicts: new WeakMap() };
}

/** Decides for every port of a host what it is to the Private VLANs, once. See {@link Judge}. */
export function judge(bridges: ReadonlyMap<string, readonly SwitchPort[]>, policy: Policy): Judgement {
  return new Judge().judge(bridges, policy);
}

/**
 * Decides for every port of a host what it is to the Private VLANs. Ports are judged one by one first, then against each
 * other: whatever is unknown, half-known or contradicts another port is quarantined. A port that is the same object as at the
 * last judgement has the same verdict, and the same object for it, unless others have changed it.
 */
export class Judge {
  #last: Known | undefined;

  judge(bridges: ReadonlyMap<string, readonly SwitchPort[]>, policy: Policy): Judgement {
    // What was judged by another policy says nothing.
    if (this.#last?.policy !== policy) this.#last = nothingKnown(policy);
    const known = this.#last;
    const primaries = new Set<VlanId>(policy.pvlans.map((pvlan) => pvlan.primary));
    for (const ports of bridges.values()) {
      for (const port of ports) {
        const verdict = guestVerdict(port, known);
        if (verdict !== undefined && 'role' in verdict) primaries.add(verdict.role.primary);
      }
    }
    const names = [...primaries].sort().join();
    const single = new Map<string, readonly Verdict[]>();
    for (const [bridge, ports] of bridges) {
      single.set(
        bridge,
        ports.map((port) => singleVerdict(port, { bridge, primaries, names }, known)),
      );
    }
    const promiscuous = promiscuousAddresses(policy, single);
    const settled = new Map<string, readonly Verdict[]>();
    for (const [bridge, verdicts] of single) settled.set(bridge, settleContradictions(verdicts, promiscuous));
    return { bridges: settled, promiscuous, primaries };
  }
}

/** The verdict on a guest's port by itself; undefined for any other port. */
function guestVerdict(port: SwitchPort, { policy, plan, guests }: Known): Verdict | undefined {
  if (port.kind !== 'guest') return undefined;
  const known = guests.get(port);
  if (known !== undefined) return known;
  const verdict = judgeGuest(port, policy, plan);
  guests.set(port, verdict);
  return verdict;
}

/** The verdict on a port as the host's Private VLANs have it, other ports aside. */
function singleVerdict(port: SwitchPort, { bridge, primaries, names }: Place, known: Known): Verdict {
  const last = known.verdicts.get(port);
  if (last?.primaries === names) return last.verdict;
  const guest = guestVerdict(port, known);
  const verdict =
    guest === undefined || guest.kind === 'stranger'
      ? judgeOutside(judgePlain(port, primaries, known.policy, known.plan), bridge, known.policy)
      : guest.kind === 'promiscuous'
        ? withTrunk(guest, primaries)
        : guest;
  known.verdicts.set(port, { primaries: names, verdict });
  return verdict;
}

/** A router's trunk serves every primary VLAN that its trunk list names, besides the one its portgroup names. */
function withTrunk(endpoint: PromiscuousEndpoint, primaries: ReadonlySet<VlanId>): PromiscuousEndpoint {
  if (!endpoint.tagged) return endpoint;
  const others = endpoint.port.vlan.trunks.filter((vid): vid is VlanId => primaries.has(vid as VlanId));
  return { ...endpoint, primaries: [...new Set([endpoint.role.primary, ...others])] };
}

import { Derivation } from '../base/derivation.ts';
import { Dict } from '../base/dict.ts';
import { judgeGuest, judgeOutside, judgePlain } from './judge-port.ts';
import type { Policy } from './policy.ts';
import {
  NO_ROUTERS,
  promiscuousAddresses,
  withRoutersElsewhere,
  type PromiscuousAddresses,
  type RoutersElsewhere,
} from './promiscuous-addresses.ts';
import { settleContradictions } from './settle.ts';
import type { SwitchPort } from './switch-port.ts';
import type { PromiscuousEndpoint, Verdict } from './verdict.ts';
import type { VlanId } from './vlan-id.ts';
import { VlanPlan } from './vlan-plan.ts';

/** What one host's Private VLANs come to. */
export interface Judgement {
  /** One verdict per port, by bridge. */
  readonly bridges: ReadonlyMap<string, Dict<string, Verdict>>;
  readonly promiscuous: PromiscuousAddresses;
  /** Every primary VLAN of the host: the configured ones, and those of the roles of its guests. */
  readonly primaries: ReadonlySet<VlanId>;
}

/** Decides for every port of a host what it is to the Private VLANs, once. See {@link Judge}. Verdicts come in the order of the ports. */
export function judge(
  bridges: ReadonlyMap<string, readonly SwitchPort[]>,
  policy: Policy,
): Omit<Judgement, 'bridges'> & { readonly bridges: ReadonlyMap<string, readonly Verdict[]> } {
  const keyed = (ports: readonly SwitchPort[]): Dict<string, SwitchPort> =>
    Dict.of(ports.map((port, index) => [String(index).padStart(6, '0'), port] as const));
  const found = new Map(Array.from(bridges, ([bridge, ports]) => [bridge, keyed(ports)] as const));
  const judgement = new Judge().judge(found, policy);
  const verdicts = Array.from(judgement.bridges, ([bridge, ofPorts]) => [bridge, [...ofPorts.values()]] as const);
  return { ...judgement, bridges: new Map(verdicts) };
}

/**
 * Decides for every port of a host what it is to the Private VLANs. Ports are judged one by one first, then against each
 * other: whatever is unknown, half-known or contradicts another port is quarantined. A port that is the same object as at the
 * last judgement has the same verdict, and the same object for it, unless others have changed it; the cost is that of what has changed.
 */
export class Judge {
  #last: Derivation | undefined;

  judge(
    bridges: ReadonlyMap<string, Dict<string, SwitchPort>>,
    policy: Policy,
    elsewhere: RoutersElsewhere = NO_ROUTERS,
  ): Judgement {
    const now = new Derivation(this.#last);
    this.#last = now;
    const plan = now.once('plan', [policy], () => new VlanPlan(policy.pvlans));
    const guests = new Map<string, Dict<string, Verdict>>();
    for (const [bridge, ports] of bridges) {
      const ofBridge = now.each(`guests of ${bridge}`, [ports], [policy], (_, port) =>
        port?.kind === 'guest' ? judgeGuest(port, policy, plan) : undefined,
      );
      guests.set(bridge, ofBridge);
    }
    const primaries = primariesOf(now, guests, policy);
    const single = new Map<string, Dict<string, Verdict>>();
    for (const [bridge, ports] of bridges) {
      const judged = guests.get(bridge) ?? Dict.empty<string, Verdict>();
      // Most ports are guests with a role, which no other primary VLAN concerns.
      const others = now.each(`others of ${bridge}`, [ports, judged], [], (_, port, verdict) =>
        port === undefined || (verdict !== undefined && !isOfOthers(verdict)) ? undefined : { port, verdict },
      );
      const verdicts = now.each(`others judged on ${bridge}`, [others], [policy, primaries], (_, other) => {
        if (other === undefined) return undefined;
        if (other.verdict?.kind === 'promiscuous') return withTrunk(other.verdict, primaries);
        return judgeOutside(judgePlain(other.port, primaries, policy, plan), bridge, policy);
      });
      const all = now.each(`verdicts on ${bridge}`, [judged, verdicts], [], (_, guest, other) => other ?? guest);
      single.set(bridge, all);
    }
    const promiscuous = believed(now, addressesOf(now, single, policy), { elsewhere, primaries, single });
    const settled = new Map<string, Dict<string, Verdict>>();
    for (const [bridge, verdicts] of single) {
      settled.set(bridge, settleContradictions(now, bridge, verdicts, promiscuous));
    }
    return { bridges: settled, promiscuous, primaries };
  }
}

/** Whether the host's other Private VLANs have a say in what a guest is. */
function isOfOthers({ kind }: Verdict): boolean {
  return kind === 'stranger' || kind === 'promiscuous';
}

function primariesOf(
  now: Derivation,
  guests: ReadonlyMap<string, Dict<string, Verdict>>,
  { pvlans }: Policy,
): ReadonlySet<VlanId> {
  const present = Array.from(guests, ([bridge, verdicts]) => {
    const groups = now.group(`primaries of ${bridge}`, verdicts, (verdict) =>
      'role' in verdict ? [String(verdict.role.primary)] : [],
    );
    return now.each(`primaries on ${bridge}`, [groups], [], (_, members) => (members === undefined ? undefined : true));
  });
  const all = now.once('primaries', [pvlans, ...present], () => {
    const named = present.flatMap((ofBridge) => Array.from(ofBridge.keys(), (name) => Number(name) as VlanId));
    return new Set([...pvlans.map(({ primary }) => primary), ...named]);
  });
  return now.alike<ReadonlySet<VlanId>>('primary VLANs', all, (last, next) => {
    return last.size === next.size && [...next].every((primary) => last.has(primary));
  });
}

function addressesOf(
  now: Derivation,
  single: ReadonlyMap<string, Dict<string, Verdict>>,
  policy: Policy,
): PromiscuousAddresses {
  const routers = Array.from(single, ([bridge, verdicts]) => {
    const kinds = now.group(`routers of ${bridge}`, verdicts, ({ kind }) => (kind === 'promiscuous' ? [kind] : []));
    return [bridge, kinds.get('promiscuous') ?? Dict.empty<string, Verdict>()] as const;
  });
  const addresses = now.once('promiscuous addresses', [policy, ...routers.map(([, ofBridge]) => ofBridge)], () =>
    promiscuousAddresses(policy, new Map(routers.map(([bridge, ofBridge]) => [bridge, [...ofBridge.values()]]))),
  );
  return now.alike('addresses', addresses, sameAddresses);
}

/** The host's own promiscuous addresses, and those elsewhere that nothing here contradicts. */
function believed(
  now: Derivation,
  addresses: PromiscuousAddresses,
  {
    elsewhere,
    primaries,
    single,
  }: {
    readonly elsewhere: RoutersElsewhere;
    readonly primaries: ReadonlySet<VlanId>;
    readonly single: ReadonlyMap<string, Dict<string, Verdict>>;
  },
): PromiscuousAddresses {
  if (elsewhere.size === 0) return addresses;
  const served = Array.from(single, ([bridge, verdicts]) =>
    now.group(`addresses served on ${bridge}`, verdicts, (verdict) => {
      if (verdict.kind !== 'guest' || !verdict.port.installed) return [];
      return [verdict.mac, ...verdict.extraMacs].map((mac) => `${verdict.role.primary} ${mac}`);
    }),
  );
  const all = now.once('believed addresses', [addresses, elsewhere, primaries, ...served], () =>
    withRoutersElsewhere(addresses, elsewhere, primaries, (primary, mac) =>
      served.some((ofBridge) => ofBridge.has(`${primary} ${mac}`)),
    ),
  );
  return now.alike('addresses believed', all, sameAddresses);
}

function sameAddresses(left: PromiscuousAddresses, right: PromiscuousAddresses): boolean {
  if (left === right) return true;
  return (
    left.size === right.size &&
    [...right].every(([primary, macs]) => {
      const known = left.get(primary);
      return (
        known?.size === macs.size &&
        [...macs].every(([mac, { owner, home }]) => {
          const before = known.get(mac);
          return before?.owner === owner && before.home === home;
        })
      );
    })
  );
}

/** A router's trunk serves every primary VLAN that its trunk list names, besides the one its portgroup names. */
function withTrunk(endpoint: PromiscuousEndpoint, primaries: ReadonlySet<VlanId>): PromiscuousEndpoint {
  if (!endpoint.tagged) return endpoint;
  const others = endpoint.port.vlan.trunks.filter((vid): vid is VlanId => primaries.has(vid as VlanId));
  return { ...endpoint, primaries: [...new Set([endpoint.role.primary, ...others])] };
}

import { isDeepStrictEqual } from 'node:util';
import type { PrimaryPlan } from '../pipeline/bridge-plan.ts';
import { Judge, type Judgement } from '../pvlan/judge.ts';
import type { Policy } from '../pvlan/policy.ts';
import type { PromiscuousAddresses } from '../pvlan/promiscuous-addresses.ts';
import type { Verdict } from '../pvlan/verdict.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import { VlanPlan } from '../pvlan/vlan-plan.ts';
import type { Survey } from '../observe/survey.ts';
import type { SurveyedPort } from '../observe/surveyed-port.ts';

/** A port and what it is. */
export interface JudgedPort {
  readonly port: SurveyedPort;
  readonly verdict: Verdict;
}

/** What one bridge has to become. */
export interface DesiredBridge {
  readonly bridge: string;
  readonly ports: readonly JudgedPort[];
  /**
   * Primary VLANs with a pipeline here: every one of the host. On a bridge without endpoints of it, it keeps guests outside
   * from speaking for a router or a guest of another bridge.
   */
  readonly primaries: readonly PrimaryPlan[];
}

/** What every bridge in `found` has to become, once. See {@link DesiredState}. */
export function desiredBridges(found: Survey, policy: Policy): ReadonlyMap<string, DesiredBridge> {
  return new DesiredState().update(found, policy);
}

/** Works out again and again what a host's bridges have to become; what has not changed comes back as the same object. */
export class DesiredState {
  readonly #judge = new Judge();
  readonly #judged = new WeakMap<Verdict, JudgedPort>();
  #last: ReadonlyMap<string, DesiredBridge> = new Map();

  update(found: Survey, policy: Policy): ReadonlyMap<string, DesiredBridge> {
    const judgement = this.#judge.judge(found, policy);
    const vlans = new VlanPlan(policy.pvlans);
    this.#last = new Map(
      Array.from(found, ([bridge, ports]) => [bridge, this.#desired(bridge, ports, judgement, vlans)]),
    );
    return this.#last;
  }

  #desired(bridge: string, ports: readonly SurveyedPort[], judgement: Judgement, vlans: VlanPlan): DesiredBridge {
    const verdicts = judgement.bridges.get(bridge) ?? [];
    const last = this.#last.get(bridge);
    const primaries = [...judgement.primaries]
      .sort((a, b) => a - b)
      .map((primary) => primaryPlan(vlans, primary, bridge, judgement.promiscuous));
    const desired = {
      bridge,
      ports: ports.flatMap((port, index) => {
        const verdict = verdicts[index];
        return verdict === undefined ? [] : [this.#judgedPort(port, verdict)];
      }),
      primaries: isDeepStrictEqual(last?.primaries, primaries) ? (last?.primaries ?? primaries) : primaries,
    };
    const same = last?.primaries === desired.primaries && sameItems(last.ports, desired.ports);
    return same ? last : desired;
  }

  #judgedPort(port: SurveyedPort, verdict: Verdict): JudgedPort {
    const known = this.#judged.get(verdict);
    if (known?.port === port) return known;
    const judged = { port, verdict };
    this.#judged.set(verdict, judged);
    return judged;
  }
}

function sameItems<T>(left: readonly T[], right: readonly T[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}

function primaryPlan(vlans: VlanPlan, primary: VlanId, bridge: string, addresses: PromiscuousAddresses): PrimaryPlan {
  const { wire, guards } = vlans.of(primary);
  const known = [...(addresses.get(primary) ?? [])];
  const local = known.filter(([, { home }]) => home === bridge);
  return {
    primary,
    promiscuousMacs: known.map(([mac]) => mac).sort(),
    localMacs: local.map(([mac]) => mac).sort(),
    wire,
    guards,
  };
}

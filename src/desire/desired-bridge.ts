import { isDeepStrictEqual } from 'node:util';
import { Derivation } from '../base/derivation.ts';
import { naturalOrder } from '../base/natural-order.ts';
import type { Dict } from '../base/dict.ts';
import type { PrimaryPlan } from '../pipeline/bridge-plan.ts';
import { Judge, type Judgement } from '../pvlan/judge.ts';
import type { Policy } from '../pvlan/policy.ts';
import { NO_ROUTERS, type PromiscuousAddresses, type RoutersElsewhere } from '../pvlan/promiscuous-addresses.ts';
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

/** What one bridge has to become. A value: what has not changed is the same object from one to the next. */
export class DesiredBridge {
  readonly bridge: string;
  /** By the UUID of the Port row. */
  readonly byPort: Dict<string, JudgedPort>;
  readonly verdicts: Dict<string, Verdict>;
  /**
   * Primary VLANs with a pipeline here: every one of the host. On a bridge without endpoints of it, it keeps guests outside
   * from speaking for a router or a guest of another bridge.
   */
  readonly primaries: readonly PrimaryPlan[];
  #ports: readonly JudgedPort[] | undefined;

  constructor({
    bridge,
    byPort,
    verdicts,
    primaries,
  }: Pick<DesiredBridge, 'bridge' | 'byPort' | 'verdicts' | 'primaries'>) {
    this.bridge = bridge;
    this.byPort = byPort;
    this.verdicts = verdicts;
    this.primaries = primaries;
  }

  /** All ports in the order in which people look for them; nothing that is worked out of them hangs on it. */
  get ports(): readonly JudgedPort[] {
    this.#ports ??= [...this.byPort.values()].sort((a, b) => naturalOrder(a.port.name, b.port.name));
    return this.#ports;
  }
}

/** What every bridge in `found` has to become, once. See {@link DesiredState}. */
export function desiredBridges(
  found: Survey,
  policy: Policy,
  elsewhere: RoutersElsewhere = NO_ROUTERS,
): ReadonlyMap<string, DesiredBridge> {
  return new DesiredState().update(found, policy, elsewhere);
}

/** Works out again and again what a host's bridges have to become, at the cost of what has changed. */
export class DesiredState {
  readonly #judge = new Judge();
  #last: Derivation | undefined;

  update(found: Survey, policy: Policy, elsewhere: RoutersElsewhere = NO_ROUTERS): ReadonlyMap<string, DesiredBridge> {
    const now = new Derivation(this.#last);
    this.#last = now;
    const judgement = this.#judge.judge(found, policy, elsewhere);
    return new Map(
      Array.from(found, ([bridge, ports]) => [bridge, desiredBridge(now, bridge, ports, judgement, policy)]),
    );
  }
}

function desiredBridge(
  now: Derivation,
  bridge: string,
  ports: Dict<string, SurveyedPort>,
  { bridges, primaries, promiscuous }: Judgement,
  policy: Policy,
): DesiredBridge {
  const verdicts = bridges.get(bridge);
  if (verdicts === undefined) throw new Error(`bridge ${bridge} was not judged`);
  const byPort = now.each(`ports of ${bridge}`, [ports, verdicts], [], (_, port, verdict) =>
    port === undefined || verdict === undefined ? undefined : { port, verdict },
  );
  const plans = now.fold<Plans>(`plans of ${bridge}`, (last) => {
    const isSame = last?.primaries === primaries && last.promiscuous === promiscuous && last.policy === policy;
    return isSame
      ? last
      : { primaries, promiscuous, policy, plans: plansOf(bridge, { primaries, promiscuous, policy }, last) };
  }).plans;
  return now.once(`desired of ${bridge}`, [byPort, verdicts, plans], () => {
    return new DesiredBridge({ bridge, byPort, verdicts, primaries: plans });
  });
}

/** What the plans of primary VLANs are made of. */
type PlanFacts = Pick<Judgement, 'primaries' | 'promiscuous'> & { readonly policy: Policy };
type Plans = PlanFacts & { readonly plans: readonly PrimaryPlan[] };

function plansOf(bridge: string, { primaries, promiscuous, policy }: PlanFacts, last?: Plans): readonly PrimaryPlan[] {
  const vlans = new VlanPlan(policy.pvlans);
  const known = new Map(last?.plans.map((plan) => [plan.primary, plan]));
  const plans = [...primaries]
    .sort((a, b) => a - b)
    .map((primary) => {
      const plan = primaryPlan(vlans, primary, bridge, promiscuous);
      const before = known.get(primary);
      return before !== undefined && isDeepStrictEqual(before, plan) ? before : plan;
    });
  const isSame = plans.length === last?.plans.length && plans.every((plan, index) => plan === last.plans[index]);
  return isSame ? last.plans : plans;
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

import type { Flow } from '../openflow/flow.ts';
import { compile } from '../pipeline/compile.ts';
import type { PrimaryPlan } from '../pipeline/bridge-plan.ts';
import type { Layout } from '../pipeline/layout.ts';
import { judge, type Judgement } from '../pvlan/judge.ts';
import type { Policy } from '../pvlan/policy.ts';
import type { Verdict } from '../pvlan/verdict.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import { VlanPlan } from '../pvlan/vlan-plan.ts';
import type { SurveyedPort } from './survey.ts';

/** A port and what it is. */
export interface JudgedPort {
  readonly port: SurveyedPort;
  readonly verdict: Verdict;
}

/** What one bridge has to become. */
export interface BridgeGoal {
  readonly bridge: string;
  readonly ports: readonly JudgedPort[];
  /** Primary VLANs with a pipeline here: the configured ones and those of the bridge's own endpoints. */
  readonly primaries: readonly PrimaryPlan[];
}

/** The goal of every bridge in `found`. */
export function goals(
  found: ReadonlyMap<string, readonly SurveyedPort[]>,
  policy: Policy,
): ReadonlyMap<string, BridgeGoal> {
  const judgement = judge(found, policy);
  return new Map(Array.from(found, ([bridge, ports]) => [bridge, goalOf(bridge, ports, judgement, policy)]));
}

/** The flows for a goal, given which endpoints' VLAN settings are in force. */
export function wantedFlows(
  goal: BridgeGoal,
  settled: (judged: JudgedPort) => boolean,
  layout: Layout,
): readonly Flow[] {
  const verdicts = goal.ports.map((judged) => judged.verdict);
  const inForce = new Set(goal.ports.filter(settled).map((judged) => judged.verdict));
  return compile({ verdicts, primaries: goal.primaries, settled: inForce }, layout);
}

function goalOf(bridge: string, ports: readonly SurveyedPort[], judgement: Judgement, policy: Policy): BridgeGoal {
  const verdicts = judgement.bridges.get(bridge) ?? [];
  const here = new Set<VlanId>(policy.pvlans.map((pvlan) => pvlan.primary));
  for (const verdict of verdicts) if ('role' in verdict) here.add(verdict.role.primary);
  const vlans = new VlanPlan(policy.pvlans);
  return {
    bridge,
    ports: ports.flatMap((port, index) => {
      const verdict = verdicts[index];
      return verdict === undefined ? [] : [{ port, verdict }];
    }),
    primaries: [...here]
      .sort((a, b) => a - b)
      .map((primary) => {
        const { wire, guards } = vlans.of(primary);
        return {
          primary,
          promiscuousMacs: [...(judgement.promiscuous.get(primary)?.keys() ?? [])].sort(),
          wire,
          guards,
        };
      }),
  };
}

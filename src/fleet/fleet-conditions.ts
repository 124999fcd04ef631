import { condition, type Condition } from '../alarm/alarm.ts';
import type { Verdict } from '../pvlan/verdict.ts';
import { contradictions, type Contradiction } from './contradictions.ts';
import type { FleetFacts } from './facts.ts';
import type { PublishingProblem } from './publisher.ts';

/** A guest that moves is told of by both hosts for a moment, in milliseconds. */
const GRACE_MS = 10_000;

/** What the conditions of a host in its fleet depend on. */
export interface FleetSituation {
  readonly host: string;
  readonly facts: FleetFacts;
  readonly verdicts: readonly Verdict[];
  /** Since when each contradiction stands, as it was returned last. */
  readonly since: ReadonlyMap<string, number>;
  readonly problem: PublishingProblem | undefined;
}

/** What of the fleet needs the operator of this host; a contradiction does once it has stood for longer than a move takes. */
export function fleetConditions(
  { host, facts, verdicts, since, problem }: FleetSituation,
  now: number,
): { readonly found: readonly Condition[]; readonly since: Map<string, number> } {
  const found: Condition[] = [];
  const standing = new Map<string, number>();
  for (const one of contradictions(verdicts, facts, host)) {
    const key = JSON.stringify(one);
    const began = since.get(key) ?? now;
    standing.set(key, began);
    if (now - began >= GRACE_MS) found.push(contradictionCondition(one));
  }
  for (const [about, why] of facts.excess) {
    found.push(condition('fleet-excess', { about }, `what host ${about} tells the fleet is used in part: ${why}`));
  }
  for (const about of facts.silent) {
    found.push(condition('fleet-silent', { about }, `nothing was heard of host ${about}; what it told stays in force`));
  }
  if (problem !== undefined) found.push(condition(`fleet-${problem.kind}`, {}, problem.message));
  return { found, since: standing };
}

function contradictionCondition({ kind, pvlan, mac, port, host, otherPort }: Contradiction): Condition {
  const subject = { port, pvlan, about: `${host} ${otherPort}` };
  const there = `port ${otherPort} of host ${host}`;
  switch (kind) {
    case 'dual':
      return condition('fleet-dual', subject, `the NIC of port ${port} is plugged in as ${there}, too`);
    case 'guest':
      return condition('fleet-duplicate', subject, `port ${port} and ${there} both have ${mac} in VLAN ${pvlan}`);
    case 'router': {
      const message = `${there} claims to be a router with the address ${mac} of port ${port} in VLAN ${pvlan}, which is not believed here`;
      return condition('fleet-duplicate', subject, message);
    }
  }
}

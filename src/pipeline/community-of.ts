import type { GuestEndpoint } from '../pvlan/verdict.ts';
import type { BridgePlan } from './bridge-plan.ts';
import { communityNumbers } from './communities.ts';

/** The register number of each guest's community on this bridge; 0 for an isolated guest. */
export function communityOf(plan: BridgePlan): (guest: GuestEndpoint) => number {
  const names = plan.verdicts.flatMap((verdict) =>
    verdict.kind === 'guest' && verdict.role.kind === 'community' ? [verdict.role.community] : [],
  );
  const numbers = communityNumbers(names);
  return (guest) => (guest.role.kind === 'community' ? (numbers.get(guest.role.community) ?? 0) : 0);
}

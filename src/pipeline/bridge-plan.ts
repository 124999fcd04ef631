import type { Mac } from '../pvlan/mac.ts';
import type { GuestEndpoint, PromiscuousEndpoint, Verdict } from '../pvlan/verdict.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';

/** A guest with a port number, so that flows can name it. */
export type NumberedGuest = GuestEndpoint & { readonly ofport: number };
export type NumberedPromiscuous = PromiscuousEndpoint & { readonly ofport: number };

/** One bridge as the compiler sees it. */
export interface BridgePlan {
  readonly verdicts: readonly Verdict[];
  /** The primary VLANs that have a pipeline on this bridge, each with its promiscuous addresses. */
  readonly primaries: ReadonlyMap<VlanId, ReadonlySet<Mac>>;
  /** Endpoints whose VLAN setting ovs-vswitchd has confirmed (a guest's: parked); any other endpoint stays closed. */
  readonly settled: ReadonlySet<Verdict>;
}

/** Guests that may be opened. */
export function openGuests(plan: BridgePlan): readonly NumberedGuest[] {
  return plan.verdicts.filter(
    (verdict): verdict is NumberedGuest =>
      verdict.kind === 'guest' && verdict.ofport !== undefined && plan.settled.has(verdict),
  );
}

export function promiscuousPorts(plan: BridgePlan): readonly NumberedPromiscuous[] {
  return plan.verdicts.filter(
    (verdict): verdict is NumberedPromiscuous =>
      verdict.kind === 'promiscuous' && verdict.ofport !== undefined && plan.settled.has(verdict),
  );
}

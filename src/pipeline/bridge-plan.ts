import type { Mac } from '../pvlan/mac.ts';
import type { Guards } from '../pvlan/policy.ts';
import type { GuestEndpoint, PromiscuousEndpoint, Verdict } from '../pvlan/verdict.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import type { WireMode } from '../pvlan/wire-mode.ts';
import type { NormalSource } from './normal-source.ts';

/** A guest with a port number, so that flows can name it. */
export type NumberedGuest = GuestEndpoint & { readonly ofport: number };
export type NumberedPromiscuous = PromiscuousEndpoint & { readonly ofport: number };

/** A Private VLAN with a pipeline on the bridge. */
export interface PrimaryPlan {
  readonly primary: VlanId;
  /** Promiscuous addresses, here and elsewhere, in a fixed order. */
  readonly promiscuousMacs: readonly Mac[];
  /** Those of them that ports of this bridge alone have: no other switch brings their frames. */
  readonly localMacs: readonly Mac[];
  readonly wire: WireMode;
  readonly guards: Guards;
}

/** One bridge as the compiler sees it. */
export interface BridgePlan {
  readonly verdicts: readonly Verdict[];
  readonly primaries: readonly PrimaryPlan[];
  /** Endpoints whose VLAN setting ovs-vswitchd has confirmed (a guest's: parked); any other endpoint stays closed. */
  readonly settled: ReadonlySet<Verdict>;
  /** As whose frames NORMAL gets those of guests. */
  readonly normalSource: NormalSource;
}

import type { Dict } from '../base/dict.ts';
import type { Flow } from '../openflow/flow.ts';
import type { Mac } from '../pvlan/mac.ts';
import type { Guards } from '../pvlan/policy.ts';
import type { GuestEndpoint, PromiscuousEndpoint, Verdict } from '../pvlan/verdict.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import type { WireMode } from '../pvlan/wire-mode.ts';
import type { NormalSource } from './normal-source.ts';

/** The flows of one thing: a port, a primary VLAN, a flood list. */
export type Chunk = readonly Flow[];

/** A guest with a port number, so that flows can name it. */
export type NumberedGuest = GuestEndpoint & { readonly ofport: number };
export type NumberedPromiscuous = PromiscuousEndpoint & { readonly ofport: number };

/** How a Private VLAN is set, its addresses aside. */
export interface PrimarySetting {
  readonly primary: VlanId;
  readonly wire: WireMode;
  readonly guards: Guards;
}

/** A Private VLAN with a pipeline on the bridge. */
export interface PrimaryPlan extends PrimarySetting {
  /** Promiscuous addresses, here and elsewhere, in a fixed order. */
  readonly promiscuousMacs: readonly Mac[];
  /** Those of them that ports of this bridge alone have: no other switch brings their frames. */
  readonly localMacs: readonly Mac[];
}

/** One bridge as the compiler sees it. */
export interface BridgePlan {
  /** By port, in whatever words. */
  readonly verdicts: Dict<string, Verdict>;
  /** Ports that stay closed for now: an endpoint's VLAN setting is not in force yet (a guest's: parked), or anything else holds it. */
  readonly closed: Dict<string, unknown>;
  /** Ports that are to have no flow of their own at all: they are closed by other means. */
  readonly bare: Dict<string, unknown>;
  readonly primaries: readonly PrimaryPlan[];
  /** As whose frames NORMAL gets those of guests. */
  readonly normalSource: NormalSource;
}

import type { PrivateVlan } from './policy.ts';
import { NO_GUARDS } from './policy.ts';
import type { VlanId } from './vlan-id.ts';
import { secondaryVlans, SINGLE } from './wire-mode.ts';

/** Which VLANs of a host are Private VLANs: the configured ones, and those that portgroup names alone bring up. */
export class VlanPlan {
  readonly #configured: ReadonlyMap<VlanId, PrivateVlan>;
  readonly #primaryOf: ReadonlyMap<VlanId, VlanId>;

  constructor(pvlans: readonly PrivateVlan[]) {
    this.#configured = new Map(pvlans.map((pvlan) => [pvlan.primary, pvlan]));
    this.#primaryOf = new Map(
      pvlans.flatMap((pvlan) => secondaryVlans(pvlan.wire).map(({ vid }) => [vid, pvlan.primary] as const)),
    );
  }

  /** The Private VLAN of a primary; one that is not configured has every default. */
  of(primary: VlanId): PrivateVlan {
    return this.#configured.get(primary) ?? { primary, promiscuousMacs: [], wire: SINGLE, guards: NO_GUARDS };
  }

  /** The primary that `vid` is a secondary VLAN of, if it is one. */
  primaryOfSecondary(vid: number): VlanId | undefined {
    return this.#primaryOf.get(vid as VlanId);
  }
}

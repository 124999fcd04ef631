import { secondaryVlans } from '../pvlan/wire-mode.ts';
import type { PrimaryPlan } from './bridge-plan.ts';
import type { BridgeView } from './bridge-view.ts';
import type { FrameFacts } from './registers.ts';

/** What a VLAN says of the frames in it. */
export type VlanFacts = Required<Omit<FrameFacts, 'traits' | 'cause'>>;

/** Every VLAN of a Private VLAN, primary first, with what it says of a frame that arrives in it. */
export function vlansOf({ primary, wire }: PrimaryPlan, view: BridgeView): readonly VlanFacts[] {
  const secondaries = secondaryVlans(wire).map(({ vid, community }) => ({
    primary,
    community: view.communityNumber(community),
    vlan: vid,
  }));
  return [{ primary, community: 0, vlan: primary }, ...secondaries];
}

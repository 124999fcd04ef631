import { secondaryVlans } from '../pvlan/wire-mode.ts';
import type { PrimarySetting } from './bridge-plan.ts';
import { numberOf } from './communities.ts';
import type { FrameFacts } from './registers.ts';

/** What a VLAN says of the frames in it. */
export type VlanFacts = Required<Omit<FrameFacts, 'traits' | 'cause'>>;

/** Every VLAN of a Private VLAN, primary first, with what it says of a frame that arrives in it. `displaced`: see {@link numberOf}. */
export function vlansOf(
  { primary, wire }: PrimarySetting,
  displaced: ReadonlyMap<string, number>,
): readonly VlanFacts[] {
  const secondaries = secondaryVlans(wire).map(({ vid, community }) => ({
    primary,
    community: numberOf(community, displaced),
    vlan: vid,
  }));
  return [{ primary, community: 0, vlan: primary }, ...secondaries];
}

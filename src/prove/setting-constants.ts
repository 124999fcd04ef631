import type { MatchField } from '../openflow/match-fields.ts';
import { ETH_DST, ETH_TYPE, exactly, TAGGED, UNTAGGED_VALUE, VLAN } from './header-space.ts';
import { VLAN_TYPES } from './normal.ts';
import type { Constraint } from './domain.ts';
import { GROUP_DESTINATIONS, RESERVED_DESTINATIONS } from './reserved.ts';
import type { ProvedSwitch } from './switch.ts';

/** What NORMAL looks at, and the VLANs that ports' settings tell apart. */
export function settingConstants({ bridges }: ProvedSwitch): readonly (readonly [MatchField['name'], Constraint])[] {
  const vids = new Set([0, 4095]);
  for (const { ports, mirrors } of bridges) {
    for (const { vlan, cvlans } of ports) {
      for (const vid of [...vlan.trunks, ...cvlans, ...(vlan.tag === undefined ? [] : [vlan.tag])]) vids.add(vid);
    }
    for (const { outputVlan } of mirrors) if (outputVlan !== undefined) vids.add(outputVlan);
  }
  return [
    ['vlan', { value: UNTAGGED_VALUE, mask: 0x1fffn }],
    ['vlan', { value: TAGGED, mask: TAGGED }],
    ...Array.from(vids, (vid) => ['vlan', exactly(VLAN, TAGGED | BigInt(vid))] as const),
    ...VLAN_TYPES.map((type) => ['ethType', exactly(ETH_TYPE, type)] as const),
    ...[...RESERVED_DESTINATIONS, GROUP_DESTINATIONS].map((constraint) => ['ethDst', constraint] as const),
    ['ethDst', exactly(ETH_DST, 0xffffffffffffn)],
  ];
}

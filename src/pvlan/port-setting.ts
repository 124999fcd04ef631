import { ROLE_TABLE } from './role-table.ts';
import type { Verdict } from './verdict.ts';
import { parked, vlanMode, type VlanSetting } from './vlan-setting.ts';

/**
 * The VLAN setting a port must have for its verdict, or undefined where the port's own setting stands. Isolated,
 * community and quarantined ports are parked; a promiscuous guest without any VLAN becomes an access port of its primary.
 */
export function portSetting(verdict: Verdict): VlanSetting | undefined {
  const { vlan } = verdict.port;
  switch (verdict.kind) {
    case 'quarantined':
      return parked(vlan, true);
    case 'guest':
      return parked(vlan, ROLE_TABLE[verdict.role.kind].protected);
    case 'promiscuous':
      return vlanMode(vlan) === 'trunk' && vlan.trunks.length === 0
        ? { ...vlan, vlanMode: 'access', tag: verdict.role.primary }
        : undefined;
    case 'stranger':
    case 'wire':
      return undefined;
  }
}

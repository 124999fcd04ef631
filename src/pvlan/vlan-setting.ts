import { PARKING_VLAN } from './vlan-id.ts';

/** How Open vSwitch relates a port to VLANs: the columns `vlan_mode`, `tag`, `trunks` and `protected` of its Port row. */
export interface VlanSetting {
  readonly vlanMode: string | undefined;
  readonly tag: number | undefined;
  readonly trunks: readonly number[];
  readonly protected: boolean;
}

/** The mode in force: an empty `vlan_mode` means access with a tag and trunk without (ovs-vswitchd.conf.db(5)). */
export function vlanMode(setting: VlanSetting): string {
  return setting.vlanMode ?? (setting.tag === undefined ? 'trunk' : 'access');
}

/** The VLAN of an access port, or undefined for every other kind of port. */
export function accessVlan(setting: VlanSetting): number | undefined {
  return vlanMode(setting) === 'access' ? (setting.tag ?? 0) : undefined;
}

/**
 * The VLAN that every frame of the port belongs to, its own tag being content then, or undefined for every other kind of port
 * (`dot1q-tunnel` in ovs-vswitchd.conf.db(5)).
 */
export function tunnelVlan(setting: VlanSetting): number | undefined {
  return vlanMode(setting) === 'dot1q-tunnel' ? (setting.tag ?? 0) : undefined;
}

/** Whether frames tagged `vid` pass the port. An empty trunk list means all VLANs. */
export function carriesTagged(setting: VlanSetting, vid: number): boolean {
  const mode = vlanMode(setting);
  if (mode === 'access' || mode === 'dot1q-tunnel') return false;
  return (
    setting.trunks.length === 0 || setting.trunks.includes(vid) || (mode === 'native-tagged' && setting.tag === vid)
  );
}

/** Whether untagged frames that enter the port belong to VLAN `vid`. */
export function carriesUntagged(setting: VlanSetting, vid: number): boolean {
  return vlanMode(setting) !== 'trunk' && setting.tag === vid;
}

/** Whether frames of VLAN `vid` that leave by the port lose its tag (OVS `ofproto/ofproto-dpif-xlate.c`, `xvlan_output_translate`). */
export function leavesUntagged(setting: VlanSetting, vid: number): boolean {
  return carriesUntagged(setting, vid) && vlanMode(setting) !== 'native-tagged';
}

/** Whether every VLAN passes the port tagged. */
export function carriesAll(setting: VlanSetting): boolean {
  return setting.trunks.length === 0 && carriesTagged(setting, 1);
}

/** Whether `NORMAL` can deliver neither to the port nor accept from it: a trunk of the reserved VLAN alone. */
export function isParked(setting: VlanSetting): boolean {
  return vlanMode(setting) === 'trunk' && setting.trunks.length === 1 && setting.trunks[0] === PARKING_VLAN;
}

/**
 * The setting that parks a port. It lives in OVSDB, so it holds with the agent dead, with every flow gone and after
 * ovs-vswitchd restarts. `protectedPort` also stops explicit output between two such ports: right for isolated ports,
 * wrong between members of a community. The tag is left as it is: a trunk does not use it.
 */
export function parked(original: VlanSetting, protectedPort: boolean): VlanSetting {
  return { vlanMode: 'trunk', tag: original.tag, trunks: [PARKING_VLAN], protected: protectedPort };
}

/** The setting of a parked port without what parks it: a trunk of all VLANs, or an access port where it has a tag. */
export function unparked(setting: VlanSetting): VlanSetting {
  return { ...setting, vlanMode: undefined, trunks: [] };
}

export function sameVlanSetting(a: VlanSetting, b: VlanSetting): boolean {
  return (
    a.vlanMode === b.vlanMode &&
    a.tag === b.tag &&
    a.protected === b.protected &&
    a.trunks.length === b.trunks.length &&
    a.trunks.every((vid) => b.trunks.includes(vid))
  );
}

import { isParked, sameVlanSetting, vlanMode, type VlanSetting } from '../pvlan/vlan-setting.ts';
import type { PortRow } from '../vswitch/rows.generated.ts';
import { decodeSetting, SAVED_KEY } from './saved-setting.ts';

/** What a port was before the agent changed its VLAN setting, or is where the agent did not. */
export interface OriginalSetting {
  readonly vlan: VlanSetting;
  /** The agent has replaced it, and owes it back. */
  readonly isReplaced: boolean;
  /** What the row keeps of it cannot be read: `vlan` is only what the row says now. */
  readonly isLost: boolean;
  /** Others have rewritten the setting of a parked port: that is what it is to become when it leaves the Private VLAN. */
  readonly isRewritten: boolean;
}

/** The VLAN setting as the columns of a Port row have it now. */
export function currentSetting(row: PortRow): VlanSetting {
  return { vlanMode: row.vlan_mode, tag: row.tag, trunks: row.trunks, protected: row.protected };
}

/**
 * The original setting of a port by its row, and by what was known of it when it was last looked at. Only who has looked before
 * can tell that somebody erased what the row kept, and that somebody gave a parked port another VLAN (as libvirt does when a
 * NIC is updated, virNetDevOpenvswitchUpdateVlan in src/util/virnetdevopenvswitch.c).
 */
export function originalSetting(
  row: PortRow,
  before?: { readonly row: PortRow; readonly original: OriginalSetting },
): OriginalSetting {
  const now = currentSetting(row);
  const own = { isReplaced: false, isLost: false, isRewritten: false };
  const saved = row.external_ids.get(SAVED_KEY);
  if (saved === undefined) {
    // A port that is as it was has been given back; one that is still parked has lost the note of what it was.
    const isErased =
      before?.original.isReplaced === true &&
      !before.original.isLost &&
      isParked(now) &&
      !sameVlanSetting(now, before.original.vlan);
    return isErased ? { ...before.original, isRewritten: false } : { ...own, vlan: now };
  }
  const kept = decodeSetting(saved);
  if (kept === undefined) return { ...own, vlan: now, isReplaced: true, isLost: true };
  const wasParked =
    before?.original.isReplaced === true && (before.original.isRewritten || isParked(currentSetting(before.row)));
  return wasParked && isOfOthers(now, kept)
    ? { ...own, vlan: rewritten(now, kept), isReplaced: true, isRewritten: true }
    : { ...own, vlan: kept, isReplaced: true };
}

/** Whether others made `now` of a parked port: the agent itself parks it or makes a plain one an access port (see `portSetting`). */
function isOfOthers(now: VlanSetting, kept: VlanSetting): boolean {
  const isPlain = vlanMode(kept) === 'trunk' && kept.trunks.length === 0;
  return !isParked(now) && !(isPlain && now.vlanMode === 'access');
}

/** The columns that are not as parking has them are what somebody wants; `protected` is no part of a VLAN. */
function rewritten(now: VlanSetting, kept: VlanSetting): VlanSetting {
  const isParkedTrunk = isParked({ ...now, vlanMode: 'trunk' });
  return {
    vlanMode: now.vlanMode === 'trunk' ? kept.vlanMode : now.vlanMode,
    tag: now.tag,
    trunks: isParkedTrunk ? kept.trunks : now.trunks,
    protected: kept.protected,
  };
}

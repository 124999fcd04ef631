import { sameVlanSetting, type VlanSetting } from '../pvlan/vlan-setting.ts';

/** Key in a Port's external_ids under which the agent keeps what the port had before, to put it back. */
export const SAVED_KEY = 'pvlan-saved';

/** The setting as text for external_ids; members at their default are left out. */
export function encodeSetting(setting: VlanSetting): string {
  return JSON.stringify({
    ...(setting.vlanMode === undefined ? {} : { vlan_mode: setting.vlanMode }),
    ...(setting.tag === undefined ? {} : { tag: setting.tag }),
    ...(setting.trunks.length === 0 ? {} : { trunks: setting.trunks }),
    ...(setting.protected ? { protected: true } : {}),
  });
}

/** Reads what `encodeSetting` wrote; undefined for anything else, such as a value somebody has edited. */
export function decodeSetting(text: string): VlanSetting | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const members = new Map<string, unknown>(Object.entries(parsed));
  const mode = members.get('vlan_mode');
  const tag = members.get('tag');
  const trunks = members.get('trunks') ?? [];
  if (mode !== undefined && !isVlanMode(mode)) return undefined;
  if (tag !== undefined && !isVid(tag)) return undefined;
  if (!Array.isArray(trunks) || !trunks.every(isVid)) return undefined;
  return { vlanMode: mode, tag, trunks, protected: members.get('protected') === true };
}

/** Whether `text` keeps exactly `setting`. */
export function keeps(text: string | undefined, setting: VlanSetting): boolean {
  const kept = text === undefined ? undefined : decodeSetting(text);
  return kept !== undefined && sameVlanSetting(kept, setting);
}

const VLAN_MODES = ['access', 'trunk', 'native-tagged', 'native-untagged', 'dot1q-tunnel'];

function isVlanMode(value: unknown): value is string {
  return typeof value === 'string' && VLAN_MODES.includes(value);
}

function isVid(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 4095;
}

import { macAddress } from '../pvlan/mac.ts';
import type { Mac } from '../pvlan/mac.ts';
import { NO_GUARDS, type PrivateVlan } from '../pvlan/policy.ts';
import { SINGLE } from '../pvlan/wire-mode.ts';
import { vlanId } from '../pvlan/vlan-id.ts';
import type { Located } from './document.ts';
import type { Problem } from './error.ts';
import { child } from './pointer.ts';

/** An entry as the file has it, checked by the schema. */
export interface PvlanEntry {
  readonly primary: number;
  readonly promiscuousMacs?: readonly string[];
}

/** The key `pvlans` in domain types, and what is wrong with it. `locate` is relative to the list. */
export const pvlanList = (
  entries: readonly PvlanEntry[],
  locate: Located['locate'],
): { value: PrivateVlan[]; problems: Problem[] } => {
  const problems: Problem[] = [];
  const value: PrivateVlan[] = [];
  const lines = new Map<number, number>();
  for (const [index, entry] of entries.entries()) {
    const at = child('', index);
    const place = locate(child(at, 'primary'));
    const earlier = lines.get(entry.primary);
    if (earlier !== undefined) {
      const message = `primary ${entry.primary} is already on line ${earlier}; give each PVLAN one entry with all of its promiscuousMacs`;
      problems.push({ ...place, message });
    }
    lines.set(entry.primary, earlier ?? place.line);
    const macs = macList(entry.promiscuousMacs ?? [], (pointer) => locate(`${at}/promiscuousMacs${pointer}`));
    problems.push(...macs.problems);
    const primary = vlanId(entry.primary);
    if (primary !== undefined) value.push({ primary, promiscuousMacs: macs.value, wire: SINGLE, guards: NO_GUARDS });
  }
  return { value, problems };
};

const macList = (texts: readonly string[], locate: Located['locate']): { value: Mac[]; problems: Problem[] } => {
  const problems: Problem[] = [];
  // Two PVLANs may well share a router's MAC (its VLAN interfaces often have one address); one PVLAN names it once.
  const lines = new Map<Mac, number>();
  for (const [index, text] of texts.entries()) {
    const place = locate(child('', index));
    const mac = macAddress(text);
    if (mac === undefined) {
      problems.push({
        ...place,
        message: `${text} ${whyNotStation(text)}; allowed: the unicast address of one station`,
      });
    } else if (lines.has(mac)) {
      problems.push({
        ...place,
        message: `${text} is already on line ${lines.get(mac) ?? 0}; name each address once per PVLAN`,
      });
    } else {
      lines.set(mac, place.line);
    }
  }
  return { value: [...lines.keys()], problems };
};

const whyNotStation = (text: string): string => {
  if (/^[0:]+$/.test(text)) return 'is the all-zero address';
  return /^[f:]+$/i.test(text) ? 'is the broadcast address' : 'is a group address (its first octet is odd)';
};

import { NO_GUARDS, type PrivateVlan } from '../pvlan/policy.ts';
import { SINGLE, type WireMode } from '../pvlan/wire-mode.ts';
import { vlanId, type VlanId } from '../pvlan/vlan-id.ts';
import type { Located } from './document.ts';
import type { Problem } from './error.ts';
import { macList } from './macs.ts';
import { child } from './pointer.ts';
import type { PvlanEntry } from './pvlan-entry.ts';
import { secondaryProblems } from './secondaries.ts';

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
    // Two PVLANs may well share a router's MAC: its VLAN interfaces often have one address.
    const macs = macList(entry.promiscuousMacs ?? [], 'PVLAN', (pointer) => locate(`${at}/promiscuousMacs${pointer}`));
    problems.push(...macs.problems);
    const primary = vlanId(entry.primary);
    if (primary === undefined) continue;
    const guards = { ...NO_GUARDS, ...entry.guards };
    value.push({ primary, promiscuousMacs: macs.value, wire: wireMode(entry), guards });
  }
  return { value, problems: [...problems, ...secondaryProblems(entries, locate)] };
};

const wireMode = ({ isolated, communities = {} }: PvlanEntry): WireMode => {
  const vlans = Object.entries(communities).flatMap(([name, vid]): [string, VlanId][] => {
    const vlan = vlanId(vid);
    return vlan === undefined ? [] : [[name, vlan]];
  });
  if (isolated === undefined && vlans.length === 0) return SINGLE;
  return {
    kind: 'secondary',
    isolated: isolated === undefined ? undefined : vlanId(isolated),
    communities: new Map(vlans),
  };
};

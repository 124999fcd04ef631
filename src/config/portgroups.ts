import { portgroupMeaning } from '../pvlan/portgroup.ts';
import { roleName } from '../pvlan/role.ts';
import type { Role } from '../pvlan/role.ts';
import { vlanId } from '../pvlan/vlan-id.ts';
import { show } from './complaint.ts';
import type { Located } from './document.ts';
import type { Problem } from './error.ts';
import { child } from './pointer.ts';

/** An entry as the file has it, checked by the schema. */
export interface PortgroupEntry {
  readonly primary: number;
  readonly role: Role['kind'];
  readonly community?: string;
}

/** The key `portgroups` in domain types, and what is wrong with it. `locate` is relative to the map. */
export const portgroupRoles = (
  entries: Readonly<Record<string, PortgroupEntry>>,
  locate: Located['locate'],
): { value: Map<string, Role>; problems: Problem[] } => {
  const problems: Problem[] = [];
  const value = new Map<string, Role>();
  for (const [name, entry] of Object.entries(entries)) {
    const role = roleOf(entry);
    if (role === undefined) continue;
    value.set(name, role);
    const byName = portgroupMeaning(name, new Map());
    if (byName.kind === 'role' && roleName(byName.role) !== roleName(role)) {
      const message =
        `portgroup ${show(name)} reads as ${roleName(byName.role)} but is mapped to ${roleName(role)}; ` +
        'remove this entry, or rename the portgroup to something outside of the convention';
      problems.push({ ...locate(child('', name), 'key'), message });
    }
  }
  return { value, problems };
};

const roleOf = (entry: PortgroupEntry): Role | undefined => {
  const primary = vlanId(entry.primary);
  if (primary === undefined) return undefined;
  if (entry.role !== 'community') return { kind: entry.role, primary };
  return entry.community === undefined ? undefined : { kind: 'community', primary, community: entry.community };
};

import type { PrivateVlan } from '../pvlan/policy.ts';
import { portgroupMeaning, type PortgroupTable } from '../pvlan/portgroup.ts';
import { groupOf, roleMembers, roleName, roleOf as namedRole, type Role } from '../pvlan/role.ts';
import { vlanId } from '../pvlan/vlan-id.ts';
import { VlanPlan } from '../pvlan/vlan-plan.ts';
import { wireVlan } from '../pvlan/wire-mode.ts';
import { show } from './complaint.ts';
import type { Located } from './document.ts';
import type { Problem } from './error.ts';
import { child } from './pointer.ts';

/** An entry as the file has it, checked by the schema: primary comes with a role, and with every role but none. */
export interface PortgroupEntry {
  readonly primary?: number;
  readonly role?: Role['kind'] | 'none';
  readonly community?: string;
  /** YAML 1.2 reads `off` as text; JSON has no other word for it than false. */
  readonly txOffload?: 'on' | 'off' | boolean;
}

/** The key `portgroups` in domain types. */
export interface PortgroupSettings {
  readonly roles: PortgroupTable;
  /** Portgroups with transmit checksum offload off. */
  readonly txOffload: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** The key `portgroups`, and what is wrong with it in view of `pvlans`. `locate` is relative to the map. */
export const portgroupSettings = (
  entries: Readonly<Record<string, PortgroupEntry>>,
  pvlans: readonly PrivateVlan[],
  locate: Located['locate'],
): PortgroupSettings => {
  const problems: Problem[] = [];
  const roles = new Map<string, Role | 'none'>();
  const txOffload = new Set<string>();
  const plan = new VlanPlan(pvlans);
  for (const [name, entry] of Object.entries(entries)) {
    const place = locate(child('', name), 'key');
    if (entry.txOffload === 'off' || entry.txOffload === false) txOffload.add(name);
    const mapped = roleOf(entry);
    if (mapped !== undefined) roles.set(name, mapped);
    const byName = portgroupMeaning(name, new Map());
    const role = mapped ?? (byName.kind === 'role' ? byName.role : undefined);
    const message =
      role === undefined
        ? roleless(name, byName)
        : (mismatch(name, role, byName) ?? (role === 'none' ? undefined : unfit(name, role, plan)));
    if (message !== undefined) problems.push({ ...place, message });
  }
  return { roles, txOffload, problems };
};

type Meaning = ReturnType<typeof portgroupMeaning>;

const roleless = (name: string, byName: Meaning): string =>
  byName.kind === 'invalid'
    ? `${byName.why}; correct the name, give primary and role, or say role: none`
    : `portgroup ${show(name)} has no role; give primary and role, or role: none, as its name does not follow the convention ` +
      'isolated-<P>, community-<P>-<name>, promisc-<P> or promiscuous-<P>';

const mismatch = (name: string, role: Role | 'none', byName: Meaning): string | undefined =>
  byName.kind === 'role' && roleName(byName.role) !== (role === 'none' ? role : roleName(role))
    ? `portgroup ${show(name)} reads as ${roleName(byName.role)} but is mapped to ${role === 'none' ? role : roleName(role)}; ` +
      'remove this entry, or rename the portgroup to something outside of the convention'
    : undefined;

/** Why no guest could be in `role`: what the agent would quarantine each of them for. */
const unfit = (name: string, role: Role, plan: VlanPlan): string | undefined => {
  const owner = plan.primaryOfSecondary(role.primary);
  if (owner !== undefined) {
    return `portgroup ${show(name)} is ${roleName(role)}, but VLAN ${role.primary} is a secondary VLAN of ${owner}; name the primary VLAN`;
  }
  if (wireVlan(role, plan.of(role.primary).wire) !== undefined) return undefined;
  const group = groupOf(role);
  const key = group === undefined ? role.kind : `communities.${group}`;
  return `portgroup ${show(name)} is ${roleName(role)}, but PVLAN ${role.primary} has secondary VLANs and none for ${roleMembers(role)}; give its entry under pvlans a VLAN for ${key}`;
};

const roleOf = (entry: PortgroupEntry): Role | 'none' | undefined => {
  if (entry.role === 'none') return entry.role;
  const primary = entry.primary === undefined ? undefined : vlanId(entry.primary);
  if (primary === undefined || entry.role === undefined) return undefined;
  return namedRole(entry.role, primary, entry.community);
};

import { ROLE_TABLE, type RoleKind } from './role-table.ts';
import type { VlanId } from './vlan-id.ts';

/** Talks to every port of the primary VLAN. */
export interface PromiscuousRole {
  readonly kind: 'promiscuous';
  readonly primary: VlanId;
}

/** What the agent closes and serves by flows. */
export type ConfinedRole =
  /** Talks to promiscuous ports only. */
  | { readonly kind: 'isolated'; readonly primary: VlanId }
  /** Talks to promiscuous ports and to members of the same community. */
  | { readonly kind: 'community'; readonly primary: VlanId; readonly community: string };

/** What a port is in a Private VLAN (RFC 5517 section 3): whom it may talk to at layer 2. What sets roles apart is in `ROLE_TABLE`. */
export type Role = PromiscuousRole | ConfinedRole;

/** The role of that kind; undefined where the kind has groups and none is named. A group that the kind does not have is ignored. */
export function roleOf(kind: RoleKind, primary: VlanId, group: string | undefined): Role | undefined {
  if (kind !== 'community') return { kind, primary };
  return group === undefined ? undefined : { kind, primary, community: group };
}

/** Whether a port of the role is closed but for what flows carry. */
export function isConfined(role: Role): role is ConfinedRole {
  return !ROLE_TABLE[role.kind].reachesAll;
}

/** The group of ports that talk to each other which the role is in; undefined where it talks to none of its kind. */
export function groupOf(role: Role): string | undefined {
  return role.kind === 'community' ? role.community : undefined;
}

/** The role as an operator writes and reads it: `isolated-2102`, `community-2102-web`, `promisc-2102`. */
export function roleName(role: Role): string {
  const group = groupOf(role);
  return `${ROLE_TABLE[role.kind].words[0]}-${role.primary}${group === undefined ? '' : `-${group}`}`;
}

/** Those who have the role, whatever their VLAN: `isolated guests`, `community 'web'`. */
export function roleMembers(role: Role): string {
  const group = groupOf(role);
  return group === undefined ? `${role.kind} guests` : `${role.kind} '${group}'`;
}

import { groupOf, isConfined, type Role } from './role.ts';

/**
 * Whether a port of role `from` may reach one of role `to` at layer 2 (RFC 5517 section 3). The whole of Private VLANs in one
 * rule, and deliberately unaware of how it is enforced: what is enforced is judged by it.
 */
export function mayTalk(from: Role, to: Role): boolean {
  if (from.primary !== to.primary) return false;
  if (!isConfined(from) || !isConfined(to)) return true;
  const group = groupOf(from);
  return group !== undefined && from.kind === to.kind && group === groupOf(to);
}

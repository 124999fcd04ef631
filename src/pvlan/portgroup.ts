import type { Role } from './role.ts';
import { vlanId } from './vlan-id.ts';

/** What a portgroup's name says about its ports. */
export type PortgroupMeaning =
  | { readonly kind: 'role'; readonly role: Role }
  /** Not a Private VLAN's portgroup. */
  | { readonly kind: 'unmanaged' }
  /** Begins like a Private VLAN's portgroup and then makes no sense: closed rather than open. */
  | { readonly kind: 'invalid'; readonly why: string };

const CONVENTION = /^(isolated|community|promisc|promiscuous)-(.*)$/;
const COMMUNITY_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/**
 * The role that portgroup `name` gives its ports: first by `mapping`, the operator's own table, else by the
 * convention `isolated-<P>`, `community-<P>-<name>`, `promisc-<P>` or `promiscuous-<P>`. A name that starts like the
 * convention but names no VLAN (a typing error in `isolated-21O2`) is invalid, never unmanaged: the operator meant it closed.
 */
export function portgroupMeaning(name: string, mapping: ReadonlyMap<string, Role>): PortgroupMeaning {
  const mapped = mapping.get(name);
  if (mapped !== undefined) return { kind: 'role', role: mapped };
  const parts = CONVENTION.exec(name);
  if (parts === null) return { kind: 'unmanaged' };
  const [, kind = '', rest = ''] = parts;
  const dash = kind === 'community' ? rest.indexOf('-') : -1;
  const number = dash < 0 ? rest : rest.slice(0, dash);
  const primary = /^[0-9]{1,4}$/.test(number) ? vlanId(Number(number)) : undefined;
  if (primary === undefined) {
    return { kind: 'invalid', why: `portgroup '${name}' names no VLAN id from 1 to 4094 after '${kind}-'` };
  }
  if (kind === 'isolated') return { kind: 'role', role: { kind: 'isolated', primary } };
  if (kind !== 'community') return { kind: 'role', role: { kind: 'promiscuous', primary } };
  const community = dash < 0 ? '' : rest.slice(dash + 1);
  if (!COMMUNITY_NAME.test(community)) {
    return { kind: 'invalid', why: `portgroup '${name}' names no community: it reads 'community-<primary>-<name>'` };
  }
  return { kind: 'role', role: { kind: 'community', primary, community } };
}

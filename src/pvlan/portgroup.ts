import { meantWord } from './convention-word.ts';
import type { Role } from './role.ts';
import { vlanId } from './vlan-id.ts';

/** What a portgroup's name says about its ports. */
export type PortgroupMeaning =
  | { readonly kind: 'role'; readonly role: Role }
  /** Not a Private VLAN's portgroup. */
  | { readonly kind: 'unmanaged' }
  /** Begins like a Private VLAN's portgroup, or almost so, and then makes no sense: closed rather than open. */
  | { readonly kind: 'invalid'; readonly why: string };

/** The operator's own table: roles of portgroups by name, or that a portgroup is none of a Private VLAN's. */
export type PortgroupTable = ReadonlyMap<string, Role | 'none'>;

const CONVENTION = /^(isolated|community|promisc|promiscuous)-(.*)$/;
const COMMUNITY_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** A word, something that parts it from what begins as a number, and what follows that. */
const WORD_AND_NUMBER = /^[^A-Za-z0-9]*([A-Za-z]+)[^A-Za-z0-9]+([0-9][A-Za-z0-9]*)(?:[^A-Za-z0-9]+(.*))?/;

/**
 * The role that portgroup `name` gives its ports: first by `table`, else by the convention `isolated-<P>`,
 * `community-<P>-<name>`, `promisc-<P>` or `promiscuous-<P>`. A name that starts like the convention but names no VLAN
 * (a typing error in `isolated-21O2`), or that is almost of the convention (`Isolated-2102`, `isolatd_2102`), is invalid, never
 * unmanaged: the operator meant it closed.
 */
export function portgroupMeaning(name: string, table: PortgroupTable): PortgroupMeaning {
  const listed = table.get(name);
  if (listed !== undefined) return listed === 'none' ? { kind: 'unmanaged' } : { kind: 'role', role: listed };
  const parts = CONVENTION.exec(name);
  if (parts === null) return almost(name);
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

/** The meaning of a name that does not follow the convention: closed where it most likely was to. */
function almost(name: string): PortgroupMeaning {
  const [, word = '', number = '', rest = ''] = WORD_AND_NUMBER.exec(name) ?? [];
  const meant = meantWord(word);
  if (meant === undefined) return { kind: 'unmanaged' };
  const vlan = /^[0-9]+$/.test(number) ? number : '<primary>';
  const likely = [meant, vlan, ...(meant === 'community' ? [rest === '' ? '<name>' : rest] : [])].join('-');
  return {
    kind: 'invalid',
    why: `portgroup '${name}' almost follows the convention and then does not: likely '${likely}' is meant`,
  };
}

import { ROLE_TABLE, ROLE_WORDS, roleKindOf } from './role-table.ts';
import { roleOf, type Role } from './role.ts';
import { spokenName } from './spoken-name.ts';
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

const CONVENTION = new RegExp(`^(${ROLE_WORDS.join('|')})-(.*)$`);
const GROUP_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

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
  const [, word = '', rest = ''] = parts;
  const kind = roleKindOf(word);
  if (kind === undefined) return almost(name);
  const dash = ROLE_TABLE[kind].grouped ? rest.indexOf('-') : -1;
  const number = dash < 0 ? rest : rest.slice(0, dash);
  if (/^0+[1-9][0-9]{0,3}$/.test(number)) {
    // One VLAN has one name, and a zero too many is as likely another digit.
    const likely = `${word}-${Number(number)}${dash < 0 ? '' : rest.slice(dash)}`;
    return {
      kind: 'invalid',
      why: `portgroup '${name}' writes its VLAN id with a leading zero: likely '${likely}' is meant`,
    };
  }
  const primary = /^[0-9]{1,4}$/.test(number) ? vlanId(Number(number)) : undefined;
  if (primary === undefined) {
    return { kind: 'invalid', why: `portgroup '${name}' names no VLAN id from 1 to 4094 after '${word}-'` };
  }
  const group = dash < 0 ? '' : rest.slice(dash + 1);
  const role = roleOf(kind, primary, GROUP_NAME.test(group) ? group : undefined);
  if (role === undefined) {
    return { kind: 'invalid', why: `portgroup '${name}' names no ${kind}: it reads '${word}-<primary>-<name>'` };
  }
  return { kind: 'role', role };
}

/**
 * The meaning of a name that does not follow the convention: closed where it has a number beside a word for a role, as it most
 * likely was to follow it.
 */
function almost(name: string): PortgroupMeaning {
  const spoken = spokenName(name);
  if (spoken.role === undefined || spoken.beside === undefined) return { kind: 'unmanaged' };
  return {
    kind: 'invalid',
    why: `portgroup '${name}' almost follows the convention and then does not: likely '${spoken.likely()}' is meant`,
  };
}

/** What makes it doubtful that a name which means nothing to Private VLANs was meant so. */
export interface DoubtfulName {
  /** It speaks of a role and of a Private VLAN of this host: its ports are closed, and else left as they are. */
  readonly closes: boolean;
  /** It speaks of a role other than a router's. */
  readonly confines: boolean;
  readonly why: string;
}

/** Whether portgroup `name`, of which `portgroupMeaning` knows nothing, speaks of a role, or of one of the host's `primaries`. */
export function doubtfulName(
  name: string,
  table: PortgroupTable,
  primaries: ReadonlySet<number>,
): DoubtfulName | undefined {
  if (portgroupMeaning(name, table).kind !== 'unmanaged' || table.has(name)) return undefined;
  const spoken = spokenName(name);
  const role = spoken.exact ? spoken.role : undefined;
  const primary = spoken.numbers.find((number) => primaries.has(number));
  if (role === undefined && primary === undefined) return undefined;
  const confines = role !== undefined && !ROLE_TABLE[role].reachesAll;
  if (role === undefined) {
    return {
      closes: false,
      confines,
      why: `portgroup '${name}' names Private VLAN ${primary ?? ''} and no role in it`,
    };
  }
  const likely = `likely '${spoken.likely(primary)}' is meant`;
  return primary === undefined
    ? { closes: false, confines, why: `portgroup '${name}' speaks of a role and names no Private VLAN: ${likely}` }
    : { closes: true, confines, why: `portgroup '${name}' speaks of a role in Private VLAN ${primary}: ${likely}` };
}

/** Whether a name speaks of a role, or has a number in it that could be a Private VLAN's. */
export function speaksOfPvlans(name: string): boolean {
  const { role, numbers } = spokenName(name);
  return role !== undefined || numbers.length > 0;
}

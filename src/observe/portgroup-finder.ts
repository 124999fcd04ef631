import type { NicQuery, PortgroupAnswer } from '../libvirt/query.ts';
import type { Policy } from '../pvlan/policy.ts';
import { portgroupMeaning, speaksOfPvlans } from '../pvlan/portgroup.ts';
import { roleName } from '../pvlan/role.ts';
import type { PortgroupFinding } from '../pvlan/switch-port.ts';
import type { GuestIdentity } from './surveyed-port.ts';

/** What libvirt's files say of a NIC; undefined where the operator has no libvirt. */
export type LibvirtLookup = ((query: NicQuery) => PortgroupAnswer) | undefined;

/**
 * Finds a guest's portgroup: the port's own `port-profile` first, which libvirt writes in the transaction that adds the port,
 * then libvirt's files. A profile that means nothing to Private VLANs may serve another purpose and decides nothing. Where
 * profile and files give different roles, or where libvirt gave the NIC another profile, the port is unknown: closed until they
 * agree. libvirt adds ports with `--may-exist` (src/util/virnetdevopenvswitch.c), so the row of a port that a crash left behind
 * passes to the next guest with the profile in it.
 */
export function findPortgroup(guest: GuestIdentity, policy: Policy, libvirt: LibvirtLookup): PortgroupFinding {
  const answer = libvirt?.(nicQuery(guest));
  const own = roleOf(guest.portProfile, policy);
  if (guest.portProfile !== undefined && own !== undefined) {
    const doubt = answer === undefined ? undefined : profileDoubt(guest, own, answer, policy);
    return doubt ?? { kind: 'portgroup', name: guest.portProfile, source: 'port-profile' };
  }
  if (answer === undefined) {
    // One that the operator calls no Private VLAN's is known by its name.
    if (guest.portProfile !== undefined && policy.portgroups.has(guest.portProfile)) {
      return { kind: 'portgroup', name: guest.portProfile, source: 'port-profile' };
    }
    const kept = guest.portProfile === undefined ? keptByMarks(guest, 'its port-profile is gone') : undefined;
    return kept ?? spoken(guest) ?? { kind: 'none', source: 'port-profile' };
  }
  if (answer.kind === 'unknown') return { kind: 'unknown', why: answer.why };

  const given = answer.profile?.id;
  const byPortgroup = answer.kind === 'portgroup' ? roleOf(answer.portgroup, policy) : undefined;
  // The profile was there when libvirt plugged the port: whoever has taken it away since has not made it another guest.
  if (given !== undefined && byPortgroup === undefined && roleOf(given, policy) !== undefined) {
    return { kind: 'portgroup', name: given, ...provenance(answer) };
  }
  if (answer.kind === 'portgroup') return { kind: 'portgroup', name: answer.portgroup, ...provenance(answer) };
  return lost(guest, answer, policy) ?? spoken(guest) ?? { kind: 'none', ...provenance(answer) };
}

/** A profile that decides nothing, and whose name may have been meant to: the judgement has a look at it. */
function spoken({ portProfile }: GuestIdentity): PortgroupFinding | undefined {
  if (portProfile === undefined || !speaksOfPvlans(portProfile)) return undefined;
  return { kind: 'portgroup', name: portProfile, source: 'port-profile' };
}

/**
 * The portgroup of a NIC that runs without one and had one, or has one in its domain's definition. That it lost it says nothing of
 * what it shall be: libvirt drops it by itself (`domif-setlink` of 11.3; see definedBeside in libvirt/resolver.ts), and to change a
 * network's default portgroup takes two steps. So the role stays until a source names another portgroup, or the NIC is plugged anew.
 */
function lost(
  guest: GuestIdentity,
  answer: Extract<PortgroupAnswer, { kind: 'none' }>,
  policy: Policy,
): PortgroupFinding | undefined {
  const where = answer.source.file ?? answer.source.rung;
  const without =
    answer.source.rung === 'network-default'
      ? `it runs on a network without a default portgroup and names none (${where})`
      : `it runs without a portgroup (${where})`;
  const byMarks = keptByMarks(guest, without);
  if (byMarks !== undefined || answer.defined === undefined) return byMarks;
  const { portgroup, source } = answer.defined;
  const role = roleOf(portgroup, policy);
  if (role === undefined) return undefined;
  const message = `${without}, and its domain's definition gives it ${portgroup} (${source.file ?? source.rung})`;
  // To close a guest on the word of a definition is safe, to make it a router is not.
  if (role.startsWith('promisc')) {
    const why = `${message}, which nothing that runs confirms`;
    return { kind: 'unknown', contradicts: true, why, remedy: GIVE_BACK };
  }
  return {
    kind: 'portgroup',
    name: portgroup,
    source: 'kept: by its definition',
    ...(source.file === undefined ? {} : { file: source.file }),
    kept: {
      message: `${message}, so it is kept in it`,
      remedy: `${GIVE_BACK}; if it is to be outside, correct the definition`,
    },
  };
}

/** The role that the port's own marks speak of, to be kept though `without` tells that no source gives it any more. */
function keptByMarks({ lastRole }: GuestIdentity, without: string): PortgroupFinding | undefined {
  if (lastRole === undefined) return undefined;
  return {
    kind: 'portgroup',
    name: lastRole,
    source: 'kept: by its marks',
    kept: {
      message: `${without}, and its port's marks say ${lastRole}, so it is kept as that`,
      remedy: `${GIVE_BACK}; if it is to be outside, run 'ovs-vsctl remove Interface <port> external_ids pvlan-role'`,
    },
  };
}

const GIVE_BACK =
  "give it its portgroup again, by 'virsh update-device' with the network, the portgroup and the NIC's interfaceid, or by plugging it anew";

/** The remedy for who plugs ports without libvirt and uses a row again. */
const NOT_LIBVIRTS = 'if libvirt did not plug it, remove its external_ids:pvlan-nic';

/** Why the port's own profile, which means `role`, is not to be believed in the light of `answer`; undefined where it is. */
function profileDoubt(
  { portProfile = '', handedOver }: GuestIdentity,
  role: Meaning,
  answer: PortgroupAnswer,
  policy: Policy,
): PortgroupFinding | undefined {
  if (answer.kind === 'unknown') {
    return handedOver
      ? {
          kind: 'unknown',
          why: `its row was that of another NIC, so its port-profile may be, and ${answer.why}; ${NOT_LIBVIRTS}`,
        }
      : undefined;
  }
  const other = answer.kind === 'portgroup' ? roleOf(answer.portgroup, policy) : undefined;
  if (other !== undefined) {
    if (other === role) return undefined;
    const why = `its port-profile says ${role}, libvirt says ${other} (${sourceOf(answer)})`;
    return { kind: 'unknown', contradicts: true, why, remedy: "make them agree in the network's portgroup" };
  }
  if (answer.profile === undefined) {
    // Whoever plugs a NIC that libvirt leaves to others (vhostuser, ethernet) gives it its profile, too.
    if (!handedOver) return undefined;
    const left = `its row was that of another NIC, so its port-profile may be, and libvirt does not tell what it gave it (${sourceOf(answer)})`;
    return { kind: 'unknown', contradicts: true, why: left, remedy: NOT_LIBVIRTS };
  }
  if (answer.profile.id === portProfile) return undefined;
  const given = answer.profile.id === undefined ? 'none' : `'${answer.profile.id}'`;
  const why = `its port-profile is '${portProfile}', libvirt gave it ${given} (${sourceOf(answer)}), so it may be left of another guest's`;
  const remedy =
    "remove it with 'ovs-vsctl remove Interface <port> external_ids port-profile', or give it as profileid in the domain or the portgroup";
  return { kind: 'unknown', contradicts: true, why, remedy };
}

/** The role that a portgroup's name stands for, in the words of `roleName`, or `invalid` for one that is none; undefined for others' names. */
type Meaning = string;

function roleOf(name: string | undefined, policy: Policy): Meaning | undefined {
  if (name === undefined) return undefined;
  const meaning = portgroupMeaning(name, policy.portgroups);
  switch (meaning.kind) {
    case 'role':
      return roleName(meaning.role);
    case 'invalid':
      return `invalid name '${name}'`;
    case 'unmanaged':
      return undefined;
  }
}

/** What to ask libvirt of a guest's NIC. */
export function nicQuery(guest: GuestIdentity): NicQuery {
  return {
    bridge: guest.bridge,
    ...(guest.interfaceId === undefined ? {} : { interfaceId: guest.interfaceId }),
    ...(guest.vmId === undefined ? {} : { vmId: guest.vmId }),
    ...(guest.mac === undefined ? {} : { mac: guest.mac }),
  };
}

/** Where a finding comes from, in the members that it has for that. */
function provenance(answer: Exclude<PortgroupAnswer, { kind: 'unknown' }>): { source: string; file?: string } {
  const { rung, file } = answer.source;
  return { source: rung, ...(file === undefined ? {} : { file }) };
}

function sourceOf(answer: PortgroupAnswer): string {
  return answer.kind === 'unknown' ? 'nowhere' : answer.source.rung;
}

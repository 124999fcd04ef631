import type { NicQuery, PortgroupAnswer } from '../libvirt/query.ts';
import type { Policy } from '../pvlan/policy.ts';
import { portgroupMeaning } from '../pvlan/portgroup.ts';
import { roleName, type Role } from '../pvlan/role.ts';
import type { PortgroupFinding } from '../pvlan/switch-port.ts';
import type { GuestIdentity } from './surveyed-port.ts';

/** What libvirt's files say of a NIC; undefined where the operator has no libvirt. */
export type LibvirtLookup = ((query: NicQuery) => PortgroupAnswer) | undefined;

/**
 * Finds a guest's portgroup: the port's own `port-profile` first, which libvirt writes in the transaction that adds the port,
 * then libvirt's files. A profile that means nothing to Private VLANs may serve another purpose and decides nothing. Where
 * profile and files give different roles the port is unknown: closed until the two agree.
 */
export function findPortgroup(guest: GuestIdentity, policy: Policy, libvirt: LibvirtLookup): PortgroupFinding {
  const profile = guest.portProfile;
  const profileMeaning = profile === undefined ? undefined : portgroupMeaning(profile, policy.portgroups);
  const byProfile: PortgroupFinding | undefined =
    profile === undefined || profileMeaning?.kind === 'unmanaged'
      ? undefined
      : { kind: 'portgroup', name: profile, source: 'port-profile' };
  if (libvirt === undefined) return byProfile ?? { kind: 'none', source: 'port-profile' };

  const answer = libvirt(nicQuery(guest));
  if (byProfile !== undefined) {
    const other = answer.kind === 'portgroup' ? portgroupMeaning(answer.portgroup, policy.portgroups) : undefined;
    if (other?.kind !== 'role' || profileMeaning?.kind !== 'role' || sameRole(other.role, profileMeaning.role))
      return byProfile;
    return {
      kind: 'unknown',
      contradicts: true,
      why: `its port-profile says ${roleName(profileMeaning.role)}, libvirt says ${roleName(other.role)} (${sourceOf(answer)}): make them agree in the network's portgroup`,
    };
  }
  switch (answer.kind) {
    case 'portgroup':
      return { kind: 'portgroup', name: answer.portgroup, source: sourceOf(answer) };
    case 'none':
      // To change a network's default portgroup takes libvirt two steps; between them a running guest must not be let go.
      if (answer.source.rung === 'network-default' && guest.lastRole !== undefined) {
        return { kind: 'portgroup', name: guest.lastRole, source: 'kept: the network has no default portgroup now' };
      }
      return { kind: 'none', source: sourceOf(answer) };
    case 'unknown':
      return { kind: 'unknown', why: answer.why };
  }
}

function nicQuery(guest: GuestIdentity): NicQuery {
  return {
    bridge: guest.bridge,
    ...(guest.interfaceId === undefined ? {} : { interfaceId: guest.interfaceId }),
    ...(guest.vmId === undefined ? {} : { vmId: guest.vmId }),
    ...(guest.mac === undefined ? {} : { mac: guest.mac }),
  };
}

function sourceOf(answer: PortgroupAnswer): string {
  return answer.kind === 'unknown' ? 'nowhere' : answer.source.rung;
}

function sameRole(a: Role, b: Role): boolean {
  return roleName(a) === roleName(b);
}

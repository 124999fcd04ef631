import type { Config } from '../config/config.ts';
import { defaultPortgroup, type Portgroup } from '../libvirt/network.ts';
import { doubtfulName, portgroupMeaning, type PortgroupMeaning } from '../pvlan/portgroup.ts';
import { groupOf, isConfined, roleName, type Role } from '../pvlan/role.ts';
import { PARKING_VLAN } from '../pvlan/vlan-id.ts';
import type { HostNetwork } from '../libvirt/host-network.ts';

/** What is to be said of one portgroup. */
export interface PortgroupFinding {
  readonly network: string;
  readonly portgroup: string;
  readonly role: string;
  /** Empty when guests of it are born as they should be. */
  readonly problems: readonly string[];
}

type Names = Config['portgroups'];
type Checked = Pick<Config, 'portgroups'> & Partial<Pick<Config, 'pvlans'>>;

/**
 * Looks at every portgroup with a role in a Private VLAN: are its guests' ports born parked on an Open vSwitch bridge, do they say
 * who they are, and is a router born in the VLAN it is to serve?
 */
export function checkNetworks(networks: readonly HostNetwork[], config: Checked): readonly PortgroupFinding[] {
  const primaries = primariesOf(networks, config);
  return networks.flatMap((network) =>
    network.portgroups.flatMap((portgroup) => {
      const meaning = meaningOf(portgroup, config.portgroups);
      if (meaning.kind === 'unmanaged') return doubtsOf(network.name, portgroup, config.portgroups, primaries);
      const finding = { network: network.name, portgroup: portgroup.name };
      if (meaning.kind === 'invalid') return [{ ...finding, role: '-', problems: [meaning.why] }];
      const { role } = meaning;
      const problems = [
        ...bridgeProblems(network, portgroup),
        ...(isConfined(role) ? parkingProblems(portgroup) : accessProblems(portgroup, role.primary)),
        ...profileProblems(portgroup, role, config.portgroups),
      ];
      return [{ ...finding, role: roleName(role), problems }];
    }),
  );
}

/** For each network with a portgroup of a Private VLAN: what becomes of a NIC that names no portgroup. */
export function defaultsOf(networks: readonly HostNetwork[], config: Pick<Config, 'portgroups'>): readonly string[] {
  const managed = (portgroup: Portgroup): boolean => meaningOf(portgroup, config.portgroups).kind !== 'unmanaged';
  return networks
    .filter(({ portgroups }) => portgroups.some(managed))
    .map((network) => {
      const chosen = defaultPortgroup(network);
      const nic = `network ${network.name}: a NIC that names no portgroup`;
      if (chosen === undefined) return `${nic} gets none, and is outside every Private VLAN`;
      return `${nic} gets ${chosen.name}${managed(chosen) ? '' : ', which is outside every Private VLAN'}`;
    });
}

/** Every Private VLAN of the host: those of the configuration, and those of the portgroups' roles. */
function primariesOf(networks: readonly HostNetwork[], config: Checked): ReadonlySet<number> {
  const roles = networks.flatMap(({ portgroups }) =>
    portgroups.flatMap((portgroup) => {
      const meaning = meaningOf(portgroup, config.portgroups);
      return meaning.kind === 'role' ? [meaning.role.primary] : [];
    }),
  );
  return new Set([...(config.pvlans ?? []).map(({ primary }) => primary), ...roles]);
}

/** What of a portgroup that is outside speaks of Private VLANs all the same: its name or its profile. */
function doubtsOf(
  network: string,
  { name, profileId }: Portgroup,
  names: Names,
  primaries: ReadonlySet<number>,
): readonly PortgroupFinding[] {
  const [doubt] = [name, ...(profileId === undefined ? [] : [profileId])].flatMap(
    (one) => doubtfulName(one, names, primaries) ?? [],
  );
  if (doubt === undefined) return [];
  const outcome = doubt.closes ? 'its guests are closed' : 'its guests are outside';
  return [{ network, portgroup: name, role: '-', problems: [`${doubt.why}; ${outcome}`] }];
}

/** Communities of one Private VLAN whose names differ in letter case alone, a line each. */
export function likeCommunities(networks: readonly HostNetwork[], config: Checked): readonly string[] {
  const names = new Map<string, Set<string>>();
  for (const portgroup of networks.flatMap(({ portgroups }) => portgroups)) {
    const meaning = meaningOf(portgroup, config.portgroups);
    if (meaning.kind !== 'role' || groupOf(meaning.role) === undefined) continue;
    const name = roleName(meaning.role);
    names.set(name.toLowerCase(), (names.get(name.toLowerCase()) ?? new Set()).add(name));
  }
  return [...names.values()]
    .filter(({ size }) => size > 1)
    .map(
      (alike) => `${[...alike].sort().join(' and ')} differ in letter case alone: they are communities of their own`,
    );
}

/** The port's own words come first, as they do for the agent; a portgroup of any name may carry them. */
function meaningOf({ name, profileId }: Portgroup, names: Names): PortgroupMeaning {
  const own = portgroupMeaning(name, names);
  return own.kind === 'unmanaged' && profileId !== undefined ? portgroupMeaning(profileId, names) : own;
}

function bridgeProblems({ forward, bridge, virtualports }: HostNetwork, { name }: Portgroup): readonly string[] {
  if (forward !== 'bridge' || bridge === undefined) {
    const found = forward === undefined ? 'no forward mode' : `forward mode '${forward}'`;
    const bridged = bridge === undefined ? `${found} and no bridge` : found;
    return [
      `not on an Open vSwitch bridge (${bridged}): use <forward mode='bridge'/> and <bridge name='…'/> of Open vSwitch`,
    ];
  }
  const type = virtualports.get(name);
  if (type === 'openvswitch') return [];
  const found = type === undefined ? 'no virtualport' : `virtualport type '${type}'`;
  return [`${found}: libvirt takes ${bridge} for another kind of bridge; add <virtualport type='openvswitch'/>`];
}

function parkingProblems({ vlan }: Portgroup): readonly string[] {
  const parked = vlan?.trunk === true && vlan.tags.length === 1 && vlan.tags[0] === PARKING_VLAN;
  return parked ? [] : [`not born parked: add <vlan trunk='yes'><tag id='${PARKING_VLAN}'/></vlan>`];
}

function accessProblems({ vlan }: Portgroup, primary: number): readonly string[] {
  if (vlan?.tags.includes(primary) === true) return [];
  const found = vlan === undefined ? 'no VLAN' : `VLAN ${vlan.tags.join(', ')}`;
  return [`${found}: the router is not born in the Private VLAN; use <vlan><tag id='${primary}'/></vlan>`];
}

function profileProblems({ name, profileId }: Portgroup, role: Role, names: Names): readonly string[] {
  const said = profileId === undefined ? undefined : portgroupMeaning(profileId, names);
  if (said?.kind === 'role' && roleName(said.role) === roleName(role)) return [];
  if (profileId === undefined) {
    return [
      `no profileid: add <virtualport type='openvswitch'><parameters profileid='${name}'/></virtualport>, so that the port itself says so`,
    ];
  }
  return [`profileid '${profileId}' says something else, which closes the port: use profileid='${name}'`];
}

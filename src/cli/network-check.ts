import type { Config } from '../config/config.ts';
import type { Network, Portgroup } from '../libvirt/network.ts';
import { portgroupMeaning } from '../pvlan/portgroup.ts';
import { roleName } from '../pvlan/role.ts';
import { PARKING_VLAN } from '../pvlan/vlan-id.ts';

/** What is to be said of one portgroup. */
export interface PortgroupFinding {
  readonly network: string;
  readonly portgroup: string;
  readonly role: string;
  /** Empty when guests of it are born as they should be. */
  readonly problems: readonly string[];
}

/** Looks at every portgroup with a role in a Private VLAN: are its guests' ports born parked, and do they say who they are? */
export function checkNetworks(networks: readonly Network[], config: Config): readonly PortgroupFinding[] {
  return networks.flatMap((network) =>
    network.portgroups.flatMap((portgroup) => {
      const meaning = portgroupMeaning(portgroup.name, config.portgroups);
      if (meaning.kind === 'unmanaged') return [];
      const finding = { network: network.name, portgroup: portgroup.name };
      if (meaning.kind === 'invalid') return [{ ...finding, role: '-', problems: [meaning.why] }];
      const problems =
        meaning.role.kind === 'promiscuous'
          ? profileProblems(portgroup)
          : [...parkingProblems(portgroup), ...profileProblems(portgroup)];
      return [{ ...finding, role: roleName(meaning.role), problems }];
    }),
  );
}

function parkingProblems({ vlan }: Portgroup): readonly string[] {
  const parked = vlan?.trunk === true && vlan.tags.length === 1 && vlan.tags[0] === PARKING_VLAN;
  return parked ? [] : [`not born parked: add <vlan trunk='yes'><tag id='${PARKING_VLAN}'/></vlan>`];
}

function profileProblems({ name, profileId }: Portgroup): readonly string[] {
  if (profileId === name) return [];
  const found = profileId === undefined ? 'no profileid' : `profileid '${profileId}'`;
  return [
    `${found}: add <virtualport type='openvswitch'><parameters profileid='${name}'/></virtualport>, so that the port itself says so`,
  ];
}

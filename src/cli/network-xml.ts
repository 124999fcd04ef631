import { PARKING_VLAN, type VlanId } from '../pvlan/vlan-id.ts';
import { roleName, type Role } from '../pvlan/role.ts';

export interface NetworkOptions {
  readonly name: string;
  readonly bridge: string;
  readonly primary: VlanId;
  readonly communities: readonly string[];
  /** Portgroup of NICs that name none; undefined for no default. */
  readonly defaultPortgroup: string | undefined;
}

/** Roles of the portgroups that a network for one Private VLAN has, by portgroup name. */
export function portgroupsOf({ primary, communities }: NetworkOptions): ReadonlyMap<string, Role> {
  const roles: Role[] = [
    { kind: 'isolated', primary },
    ...communities.map((community): Role => ({ kind: 'community', primary, community })),
    { kind: 'promiscuous', primary },
  ];
  return new Map(roles.map((role) => [roleName(role), role]));
}

/**
 * libvirt network XML whose guests' ports are born parked: libvirt creates them as a trunk of the reserved VLAN and names
 * their portgroup in the same OVSDB transaction, so that there is no instant in which they are open.
 */
export function networkXml(options: NetworkOptions): string {
  const portgroups = Array.from(portgroupsOf(options), ([name, role]) => {
    const isDefault = name === options.defaultPortgroup ? " default='yes'" : '';
    const vlan =
      role.kind === 'promiscuous' ? [`      <tag id='${role.primary}'/>`] : [`      <tag id='${PARKING_VLAN}'/>`];
    return [
      `  <portgroup name='${name}'${isDefault}>`,
      role.kind === 'promiscuous' ? '    <vlan>' : "    <vlan trunk='yes'>",
      ...vlan,
      '    </vlan>',
      "    <virtualport type='openvswitch'>",
      `      <parameters profileid='${name}'/>`,
      '    </virtualport>',
      '  </portgroup>',
    ].join('\n');
  });
  return [
    '<network>',
    `  <name>${escapeXml(options.name)}</name>`,
    "  <forward mode='bridge'/>",
    `  <bridge name='${escapeXml(options.bridge)}'/>`,
    "  <virtualport type='openvswitch'/>",
    ...portgroups,
    '</network>',
  ].join('\n');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll("'", '&apos;');
}

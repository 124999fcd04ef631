import { PARKING_VLAN, type VlanId } from '../pvlan/vlan-id.ts';
import { ROLE_KINDS, ROLE_TABLE } from '../pvlan/role-table.ts';
import { isConfined, roleName, roleOf, type Role } from '../pvlan/role.ts';

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
  const roles = ROLE_KINDS.flatMap((kind) =>
    (ROLE_TABLE[kind].grouped ? communities : [undefined]).flatMap((group) => roleOf(kind, primary, group) ?? []),
  );
  return new Map(roles.map((role) => [roleName(role), role]));
}

/**
 * libvirt network XML whose guests' ports are born parked: libvirt creates them as a trunk of the reserved VLAN and names
 * their portgroup in the same OVSDB transaction, so that there is no instant in which they are open.
 */
export function networkXml(options: NetworkOptions): string {
  const portgroups = Array.from(portgroupsOf(options), ([name, role]) => {
    const isDefault = name === options.defaultPortgroup ? " default='yes'" : '';
    const confined = isConfined(role);
    return [
      `  <portgroup name='${name}'${isDefault}>`,
      confined ? "    <vlan trunk='yes'>" : '    <vlan>',
      `      <tag id='${confined ? PARKING_VLAN : role.primary}'/>`,
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

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../../lab/host.ts';
import { networkXml } from '../../lab/libvirt-xml.ts';
import type { Libvirt } from '../../lab/libvirt-host.ts';

export const GUEST = { name: 'web1', uuid: '11111111-2222-4333-8444-555555555501' };
export const NAMESPACE = 'https://example.org/addresses/1';

/** The guest's NICs by what is special about them. */
export const MACS = {
  isolated: '52:54:00:00:00:01',
  plain: '52:54:00:00:00:02',
  byDefault: '52:54:00:00:00:03',
  bridge: '52:54:00:00:00:04',
  parked: '52:54:00:00:00:05',
  hotplugged: '52:54:00:00:00:06',
};

const PORTGROUPS = [
  { name: 'isolated-2102' },
  { name: 'community-2102-web' },
  { name: 'promisc-2102' },
  { name: 'parked-2102', bornParked: true, profileId: 'isolated-2102' },
];
const DEFAULTS = [{ name: 'isolated-2102', isDefault: true }, { name: 'promisc-2102' }];

/** One `<interface>`; `extra` goes into it as it is. */
export function nic(mac: string, source: string, extra = ''): string {
  const type = source.includes('network=') ? 'network' : 'bridge';
  return `<interface type='${type}'><mac address='${mac}'/><source ${source}/>${extra}<model type='virtio'/><rom enabled='no'/></interface>`;
}

/** What `virsh update-device` needs to know the NIC again. */
export function virtualport(interfaceId: string): string {
  return `<virtualport type='openvswitch'><parameters interfaceid='${interfaceId}'/></virtualport>`;
}

/** A bridge, libvirt, and two networks on it of which one has a default portgroup. */
export async function prepare(host: Host): Promise<Libvirt> {
  await host.addBridge('br0');
  const libvirt = await host.startLibvirt();
  await libvirt.defineNetwork(networkXml('ovs', { portgroups: PORTGROUPS }));
  await libvirt.defineNetwork(networkXml('ovsdef', { portgroups: DEFAULTS }));
  return libvirt;
}

/** Defines a guest that only ever shows its firmware: to libvirt it is as good as any. */
export async function defineGuest(host: Host): Promise<void> {
  const nics = [
    nic(MACS.isolated, `network='ovs' portgroup='isolated-2102'`),
    nic(MACS.plain, `network='ovs'`),
    nic(MACS.byDefault, `network='ovsdef'`),
    nic(MACS.bridge, `bridge='br0'`, `<virtualport type='openvswitch'/>`),
    nic(MACS.parked, `network='ovs' portgroup='parked-2102'`),
  ];
  const address = `<a:address mac='${MACS.isolated}' ip='192.0.2.10'/>`;
  await onFile(
    host,
    'define',
    [],
    `<domain type='qemu'>
  <name>${GUEST.name}</name>
  <uuid>${GUEST.uuid}</uuid>
  <metadata><a:addresses xmlns:a='${NAMESPACE}'>${address}</a:addresses></metadata>
  <memory unit='MiB'>32</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    ${nics.join('\n    ')}
    <memballoon model='none'/>
  </devices>
</domain>`,
  );
}

/** `virsh <command> <before…> <a file with this XML> <after…>`. */
export async function onFile(
  host: Host,
  command: string,
  before: readonly string[],
  xml: string,
  ...after: readonly string[]
): Promise<void> {
  const file = join(host.folder, 'given.xml');
  await writeFile(file, xml);
  await host.libvirt.virsh(command, ...before, file, ...after);
}

/** Live migration between two hosts of one lab. */
export async function migrate(from: Host, to: Host): Promise<void> {
  const channel = `unix://${join(to.folder, 'migration')}`;
  const how = ['--live', '--p2p', '--unsafe'];
  await from.libvirt.virsh('migrate', ...how, GUEST.name, to.libvirt.uri, '--migrateuri', channel);
}

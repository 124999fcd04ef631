import type { GuestImage } from './guest-image.ts';
import type { Mac } from './ethernet.ts';

/** A portgroup of a network on Open vSwitch. */
export interface Portgroup {
  readonly name: string;
  readonly isDefault?: boolean;
  /** `<parameters profileid=>`, which libvirt copies to `external_ids:port-profile`. */
  readonly profileId?: string;
  /** Ports are created with `trunks=[4095]`. */
  readonly bornParked?: boolean;
  /** Access VLAN. */
  readonly tag?: number;
}

export interface Nic {
  readonly network: string;
  readonly portgroup?: string;
  readonly mac: Mac;
  /** A UUID; libvirt makes one up by default. */
  readonly interfaceId?: string;
}

/** The XML of a network whose guests are plugged into `bridge` (https://libvirt.org/formatnetwork.html). */
export function networkXml(name: string, { bridge = 'br0', portgroups = [] as readonly Portgroup[] } = {}): string {
  const groups = portgroups.map(({ name: group, isDefault, profileId, bornParked, tag }) => {
    const vlan = bornParked
      ? `<vlan trunk='yes'><tag id='4095'/></vlan>`
      : tag
        ? `<vlan><tag id='${tag}'/></vlan>`
        : '';
    const profile = profileId
      ? `<virtualport type='openvswitch'><parameters profileid='${profileId}'/></virtualport>`
      : '';
    return `<portgroup name='${group}'${isDefault ? ` default='yes'` : ''}>${vlan}${profile}</portgroup>`;
  });
  return `<network>
  <name>${name}</name>
  <forward mode='bridge'/>
  <bridge name='${bridge}'/>
  <virtualport type='openvswitch'/>
  ${groups.join('\n  ')}
</network>`;
}

/**
 * The XML of a NIC. Offloads are off, because Open vSwitch in userspace reads the tap device raw: it would forward checksums that
 * the guest left for hardware to fill in.
 */
export function nicXml({ network, portgroup, mac, interfaceId }: Nic): string {
  const off = `csum='off' gso='off' tso4='off' tso6='off' ecn='off' ufo='off'`;
  const id = interfaceId ? `<parameters interfaceid='${interfaceId}'/>` : '';
  return `<interface type='network'>
  <mac address='${mac}'/>
  <source network='${network}'${portgroup ? ` portgroup='${portgroup}'` : ''}/>
  <virtualport type='openvswitch'>${id}</virtualport>
  <model type='virtio'/>
  <driver name='qemu'><host ${off} mrg_rxbuf='off'/><guest ${off}/></driver>
  <rom enabled='no'/>
</interface>`;
}

export interface DomainParts {
  readonly name: string;
  readonly uuid: string;
  readonly image: GuestImage;
  readonly kernelArguments: readonly string[];
  readonly nics: readonly Nic[];
  /** A unix socket and a log file, as paths that qemu sees. */
  readonly console: { readonly socket: string; readonly log: string };
  /** Goes inside `<metadata>`. */
  readonly metadata?: string;
}

/** The XML of a small guest on emulated hardware (https://libvirt.org/formatdomain.html). */
export function domainXml({ name, uuid, image, kernelArguments, nics, console, metadata }: DomainParts): string {
  return `<domain type='qemu'>
  <name>${name}</name>
  <uuid>${uuid}</uuid>
  ${metadata ? `<metadata>${metadata}</metadata>` : ''}
  <memory unit='MiB'>${image.memoryMib}</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>${image.kernel}</kernel>
    <initrd>${image.initramfs}</initrd>
    <cmdline>${kernelArguments.join(' ')}</cmdline>
  </os>
  <features><acpi/></features>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>destroy</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <serial type='unix'>
      <source mode='bind' path='${console.socket}'/>
      <log file='${console.log}' append='on'/>
      <target port='0'/>
    </serial>
    <memballoon model='none'/>
    ${nics.map(nicXml).join('\n')}
  </devices>
</domain>`;
}

import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { LabError } from './errors.ts';

/** The commands the lab calls, by the Debian package that brings them. */
const SWITCHING: Readonly<Record<string, readonly string[]>> = {
  'openvswitch-switch': ['ovsdb-server', 'ovsdb-tool', 'ovs-vswitchd', 'ovs-vsctl', 'ovs-ofctl'],
  iproute2: ['ip'],
  ethtool: ['ethtool'],
  procps: ['sysctl'],
  'util-linux': ['setpriv', 'nsenter', 'unshare'],
};

const GUESTS: Readonly<Record<string, readonly string[]>> = {
  'libvirt-daemon-system': ['libvirtd', 'virtlogd'],
  'libvirt-clients': ['virsh'],
  'qemu-system-x86': ['qemu-system-x86_64'],
  'busybox-static': ['busybox'],
  cpio: ['cpio'],
  hostname: ['hostname'],
  kmod: ['modinfo'],
  mount: ['mount'],
};

/** Debian's `sbin` folders are not on the PATH of every shell, but the commands below are started by name. */
const FOLDERS: readonly string[] = [
  ...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean),
  ...['/usr/sbin', '/sbin', '/usr/bin', '/bin'],
];

async function isInstalled(command: string, folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    try {
      await access(join(folder, command), constants.X_OK);
      return true;
    } catch {
      // Not in this folder.
    }
  }
  return false;
}

/** Throws LabError `LAB_REQUIREMENTS` in one line: what is missing, and the command that installs it. */
export async function checkRequirements(need: 'switching' | 'guests', folders = FOLDERS): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new LabError('LAB_REQUIREMENTS', 'the lab makes network namespaces and needs root: run it with sudo');
  }
  const wanted = need === 'guests' ? GUESTS : SWITCHING;
  const missing: string[] = [];
  const packages: string[] = [];
  for (const [name, commands] of Object.entries(wanted)) {
    const absent: string[] = [];
    for (const command of commands) if (!(await isInstalled(command, folders))) absent.push(command);
    if (absent.length > 0) packages.push(name);
    missing.push(...absent);
  }
  if (missing.length === 0) return;
  throw new LabError('LAB_REQUIREMENTS', `the lab needs ${missing.join(', ')}: apt-get install ${packages.join(' ')}`);
}

import { mkdir, mkdtemp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../lab/host.ts';
import type { AgentOnOptions } from '../support/agent-on.ts';
import { BORN_PARKED, ISOLATED, NETWORK } from './scene.ts';

/** How a port is born: with its guest, plugged into one that runs, or without a guest. */
export type Way = 'start' | 'hotplug' | 'ovs-vsctl';

/** One source of portgroups. */
export interface Rung {
  readonly name: string;
  /** What the agent is given of libvirt. */
  readonly libvirt: (host: Host) => Promise<AgentOnOptions['libvirt']> | AgentOnOptions['libvirt'];
  /** How a guest's NIC is plugged; without it the port is plugged by ovs-vsctl. */
  readonly nic?: RungNic;
  /** It tells nothing of a NIC that is plugged into a running guest. */
  readonly startsOnly?: boolean;
}

export interface RungNic {
  readonly network: string;
  readonly portgroup?: string;
}

/** A network with a default portgroup. */
export const WITH_DEFAULT = 'default-isolated';

const NAMED = { network: NETWORK, portgroup: ISOLATED };

/** From the earliest source to the last. */
export const LADDER: readonly Rung[] = [
  { name: 'port-profile, plugged by ovs-vsctl', libvirt: () => 'none' },
  { name: 'port-profile, plugged by libvirt', libvirt: () => 'none', nic: { network: NETWORK, portgroup: 'profiled' } },
  { name: 'port-profile, born parked', libvirt: () => 'none', nic: { network: NETWORK, portgroup: BORN_PARKED } },
  { name: 'network port file', libvirt: (host) => only(host, { state: 'network' }), nic: NAMED },
  { name: 'live domain status', libvirt: (host) => only(host, { state: 'qemu' }), nic: NAMED },
  { name: 'persistent domain', libvirt: (host) => only(host, { config: 'qemu' }), nic: NAMED, startsOnly: true },
  {
    name: "network's default portgroup",
    libvirt: (host) => only(host, { state: 'network' }),
    nic: { network: WITH_DEFAULT },
  },
  {
    name: 'virsh -r',
    libvirt: async (host) => ({ ...(await only(host, {})), virsh: { uri: host.libvirt.readOnlyUri } }),
    nic: NAMED,
  },
];

/** The ways in which the rung tells anything. */
export function waysOf({ nic, startsOnly }: Rung): readonly Way[] {
  return nic === undefined ? ['ovs-vsctl'] : startsOnly === true ? ['start'] : ['start', 'hotplug'];
}

/** Folders through which the agent sees a part of libvirt's, and nothing else of it. */
async function only(
  host: Host,
  { state, config }: { readonly state?: string; readonly config?: string },
): Promise<{ readonly stateDir: string; readonly configDir: string; readonly virsh: false }> {
  const { libvirt } = host;
  const folder = await mkdtemp(join(host.folder, 'rung-'));
  const [stateDir, configDir] = [join(folder, 'state'), join(folder, 'config')];
  await mkdir(stateDir);
  await mkdir(configDir);
  if (state !== undefined) await symlink(join(libvirt.stateDir, state), join(stateDir, state));
  if (config !== undefined) await symlink(join(libvirt.configDir, config), join(configDir, config));
  return { stateDir, configDir, virsh: false };
}

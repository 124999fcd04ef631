import type { Endpoint } from '../lab/endpoint.ts';
import type { Guest } from '../lab/guest.ts';
import type { Host } from '../lab/host.ts';
import { networkXml } from '../lab/libvirt-xml.ts';
import { SWITCH_BRIDGE } from '../lab/upstream.ts';
import { runAtBoot } from './boot-script.ts';
import { hostility } from './hostility.ts';
import { HypervisorAgent } from './hypervisor-agent.ts';
import { castFor, GUEST_IP, GUEST_MAC, portgroupFor, PROFILES, pvlanFor, SECONDARY_VLANS } from './moving-cast.ts';
import type { MoverRole, Station } from './moving-cast.ts';
import { PRIMARY } from './scene.ts';
import type { Protection, Scene } from './scene.ts';

export interface MoverOptions {
  readonly role: MoverRole;
  readonly protection: Protection;
  /** The guest's portgroup has its ports parked by libvirt itself. Default false. */
  readonly bornParked?: boolean;
}

export interface Plugged {
  readonly station: Station;
  readonly endpoint: Endpoint;
}

/** The guest that moves, as libvirt calls it. */
export const MOVER = 'mover';
const NETWORK = 'moving';
/** Milliseconds between two frames of a kind to a stranger: enough to see a hole of a fifth of a second. */
const HOSTILITY_MS = 100;

/** Agents of their own processes in place of those of the scene. */
export async function startAgents(scene: Scene, role: MoverRole): Promise<ReadonlyMap<Host, HypervisorAgent>> {
  const agents = new Map<Host, HypervisorAgent>();
  for (const host of scene.hosts) {
    await scene.stopAgent(host);
    agents.set(host, await HypervisorAgent.on(host, pvlanFor(role)));
  }
  await Promise.all([...agents.values()].map((agent) => agent.start()));
  return agents;
}

export async function plugStation(scene: Scene, station: Station): Promise<Endpoint> {
  const { name, mac, part, on } = station;
  if (on === 'switch') return scene.upstream.plug({ name, mac, tag: PRIMARY });
  const host = hostOf(scene, station);
  if (part === 'router') return host.plug({ name, mac, tag: PRIMARY, ifaceId: false });
  if (part === 'isolated') return scene.isolated(host, { name, mac });
  if (scene.protection === 'none') return host.plug({ name, mac, tag: PRIMARY });
  const endpoint = await host.plug({ name, mac, portProfile: PROFILES[part] });
  await host.vsctl('wait-until', 'Interface', name, 'external_ids:pvlan-installed=true');
  return endpoint;
}

export function hostOf(scene: Scene, { name, on }: Station): Host {
  const host = scene.hosts.find((candidate) => candidate.name === on);
  if (host === undefined) throw new Error(`${name} stands on no hypervisor`);
  return host;
}

export async function startMover(scene: Scene, { role, protection, bornParked = false }: MoverOptions): Promise<Guest> {
  const portgroup = portgroupFor(role, protection, bornParked);
  for (const { libvirt } of scene.hosts) await libvirt.defineNetwork(networkXml(NETWORK, { portgroups: [portgroup] }));
  const guest = scene.guest({
    name: MOVER,
    nics: [{ network: NETWORK, portgroup: portgroup.name, mac: GUEST_MAC }],
    addresses: [[`${GUEST_IP}/24`]],
  });
  const targets = castFor(role).strangers.map(({ ip, mac }) => ({ address: ip, mac }));
  const script = hostility({ nic: 'eth0', address: `${GUEST_IP}/24`, targets, interval: HOSTILITY_MS });
  if (targets.length > 0) await runAtBoot(guest, script);
  await guest.start();
  return guest;
}

/** Has the physical switch join the secondary VLANs to the router's port, as one does that knows Private VLANs (RFC 5517). */
export async function teachSwitch({ upstream }: Scene, peers: readonly Plugged[]): Promise<void> {
  for (const { station, endpoint } of peers.filter((peer) => peer.station.on === 'switch')) {
    const toRouter = `strip_vlan,output:${await endpoint.ofport()}`;
    for (const vlan of [SECONDARY_VLANS.isolated, ...Object.values(SECONDARY_VLANS.communities)]) {
      const group = 'dl_dst=01:00:00:00:00:00/01:00:00:00:00:00';
      await upstream.host.ofctl(
        'add-flow',
        SWITCH_BRIDGE,
        `priority=10,dl_vlan=${vlan},${group},actions=NORMAL,${toRouter}`,
      );
      await upstream.host.ofctl(
        'add-flow',
        SWITCH_BRIDGE,
        `priority=20,dl_vlan=${vlan},dl_dst=${station.mac},actions=${toRouter}`,
      );
    }
  }
}

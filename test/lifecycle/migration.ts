import type { Endpoint } from '../lab/endpoint.ts';
import type { Host } from '../lab/host.ts';
import { until } from '../lab/until.ts';
import { Pings } from './pings.ts';
import { ISOLATED, NETWORK, PRIMARY, Scene } from './scene.ts';
import type { Protection } from './scene.ts';
import { Stream } from './stream.ts';
import type { Count } from './stream.ts';

const GUEST_MAC = '52:54:00:00:00:0a';
const GUEST_IP = '10.0.0.1';

/** What happened between the guest and one peer while the guest moved. */
export interface PeerResult {
  readonly peer: string;
  /** Frames of the guest's to the peer. */
  readonly fromGuest: Count;
  /** Frames of the peer's to the guest whose answer came back: both directions. */
  readonly roundTrip: Count;
}

export interface MigrationResult {
  readonly milliseconds: number;
  readonly peers: readonly PeerResult[];
  /** Frames of the guest's that came to endpoints it must not reach. */
  readonly forbidden: number;
}

interface Peer {
  readonly name: string;
  readonly mac: string;
  readonly ip: string;
  /** Where its port is: a hypervisor's number, or the physical switch. */
  readonly on: number | 'switch';
}

/** Routers for an isolated guest, isolated endpoints for a router. */
const PEERS: readonly Peer[] = [
  { name: 'at-source', mac: '02:00:00:00:00:f1', ip: '10.0.0.241', on: 0 },
  { name: 'at-target', mac: '02:00:00:00:00:f2', ip: '10.0.0.242', on: 1 },
  { name: 'at-switch', mac: '02:00:00:00:00:f3', ip: '10.0.0.243', on: 'switch' },
];

/**
 * Migrates a guest between two hypervisors while it exchanges a hundred frames a second each way with a peer on the source, one
 * on the target and one behind the physical switch, or some of them, and sends to isolated neighbours on both.
 */
export async function measureMigration(
  role: 'isolated' | 'promiscuous',
  protection: Protection,
  where: readonly string[] = PEERS.map(({ name }) => name),
): Promise<MigrationResult> {
  const chosen = PEERS.filter(({ name }) => where.includes(name));
  const isolated = role === 'isolated';
  const promiscuousMacs = isolated ? PEERS.map(({ mac }) => mac) : [GUEST_MAC];
  const scene = await Scene.create({ protection, hosts: ['a', 'b'], promiscuousMacs });
  try {
    const peers = await Promise.all(chosen.map((peer) => plugPeer(scene, peer, isolated)));
    const victims = isolated ? await plugVictims(scene) : [];
    const target = hostAt(scene, 1);
    const guest = scene.guest({
      name: 'mover',
      nics: [{ network: NETWORK, portgroup: isolated ? ISOLATED : 'router', mac: GUEST_MAC }],
      addresses: [[`${GUEST_IP}/24`]],
    });
    await guest.start();
    if (protection === 'agent') await marked(scene.host);
    for (const { ip, mac } of chosen) await guest.run(`arp -s ${ip} ${mac}; ping -q -i 0.01 ${ip} >/dev/null 2>&1 &`);
    for (const [number, { mac }] of victims.entries()) {
      const ip = `10.0.0.${20 + number}`;
      await guest.run(`arp -s ${ip} ${mac}; ping -q -i 0.05 ${ip} >/dev/null 2>&1 &`);
    }
    const streams = peers.map(
      (peer, number) => new Stream({ guestMac: GUEST_MAC, guestIp: GUEST_IP, peer, peerIp: chosen[number]?.ip ?? '' }),
    );
    for (const stream of streams) await stream.flows();
    const pings = peers.map((peer) => new Pings(peer, GUEST_MAC));
    const begin = performance.now();
    await guest.migrate(target);
    const milliseconds = Math.round(performance.now() - begin);
    const roundTrips = await Promise.all(streams.map((stream) => stream.stop()));
    const forbidden = victims.flatMap(({ received }) => received.filter(({ src }) => src === GUEST_MAC)).length;
    return {
      milliseconds,
      forbidden,
      peers: pings.map((ping, number) => ({
        peer: chosen[number]?.name ?? '',
        fromGuest: ping.stop(),
        roundTrip: roundTrips[number] ?? { sent: 0, lost: 0, doubled: 0, recovered: false },
      })),
    };
  } finally {
    await scene.close();
  }
}

async function plugPeer(scene: Scene, { name, mac, on }: Peer, guestIsolated: boolean): Promise<Endpoint> {
  if (on === 'switch') return scene.upstream.plug({ name, mac, tag: PRIMARY });
  const host = hostAt(scene, on);
  if (guestIsolated) return host.plug({ name, mac, tag: PRIMARY, ifaceId: false });
  return scene.isolated(host, { name, mac });
}

async function plugVictims(scene: Scene): Promise<Endpoint[]> {
  return Promise.all(
    scene.hosts.map((host, number) =>
      scene.isolated(host, { name: `victim-${host.name}`, mac: `02:00:00:00:00:2${number}` }),
    ),
  );
}

function hostAt(scene: Scene, number: number): Host {
  const host = scene.hosts[number];
  if (host === undefined) throw new Error(`the scene has no host ${number}`);
  return host;
}

async function marked(host: Host): Promise<void> {
  const find = ['--bare', '--columns=external_ids', 'find', 'Interface', `external_ids:attached-mac="${GUEST_MAC}"`];
  await until('the mark of the guest', async () => (await host.vsctl(...find)).includes('pvlan-installed=true'));
}

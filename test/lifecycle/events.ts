import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Guest } from '../lab/guest.ts';
import type { Mac } from '../lab/ethernet.ts';
import { nicXml } from '../lab/libvirt-xml.ts';
import { until } from '../lab/until.ts';
import { ADDRESS, HOSTILE, HOTPLUGGED, measureBirths, portOf, sentBy } from './births.ts';
import type { Birth } from './births.ts';
import { ISOLATED, NETWORK } from './scene.ts';
import type { Scene } from './scene.ts';
import { Stream } from './stream.ts';
import { SENTINEL } from './witness.ts';
import type { Witness } from './witness.ts';

/** What an event did; members are absent where they do not apply. */
export interface Outcome {
  /** Frames of the guest's that its isolated neighbour got. */
  readonly leaked?: number;
  /** Frames between the guest and its router that were lost. */
  readonly lost?: number;
  /** Nothing flowed any more between the guest and its router after the event. */
  readonly cutOff?: boolean;
  /** Milliseconds from the port's row in OVSDB to its first flow; undefined when there never was one. */
  readonly closed?: number | undefined;
  /** Flows that still name the NIC when it is gone. */
  readonly left?: number;
}

export interface Stage {
  readonly scene: Scene;
  readonly witness: Witness;
  readonly guest: Guest;
}

export interface LifecycleEvent {
  readonly name: string;
  /** The guest and its router exchange frames meanwhile: what is lost is worth a comparison with a plain switch. */
  readonly busy?: boolean;
  readonly run: (stage: Stage) => Promise<Outcome>;
}

/** The interface's id by which libvirt knows the NIC again in an update. */
const NIC_ID = '8a1c7e0e-4a0b-4a51-9e57-0123456789ab';

/** In the order in which they are run: the guest runs after each. */
export const EVENTS: readonly LifecycleEvent[] = [
  { name: 'start', run: (stage) => born(stage, 'boot') },
  { name: 'NIC plugged while it runs', run: (stage) => born(stage, 'hotplug') },
  { name: 'that NIC unplugged', run: unplugged },
  { name: 'NIC moved into the portgroup', run: moved },
  { name: 'suspend and resume', busy: true, run: (stage) => during(stage, () => suspended(stage)) },
  { name: 'restart of libvirtd', busy: true, run: (stage) => during(stage, () => libvirtdKilled(stage)) },
  { name: 'restore from a file', run: (stage) => born(stage, 'restore') },
  { name: 'crash of QEMU', run: crashed },
  { name: 'crash of ovs-vswitchd', busy: true, run: (stage) => during(stage, () => vswitchdKilled(stage)) },
];

async function born({ witness, guest }: Stage, birth: Birth): Promise<Outcome> {
  const [result] = await measureBirths(witness, guest, { birth, portgroup: ISOLATED, times: 1 });
  return result === undefined ? {} : { leaked: result.leaked, closed: result.closed };
}

/** Lets `act` happen while the router and the guest exchange a hundred frames a second. */
async function during({ witness }: Stage, act: () => Promise<void>): Promise<Outcome> {
  const stream = new Stream({ guestMac: HOSTILE, guestIp: ADDRESS, peer: witness.router, peerIp: SENTINEL.address });
  await stream.flows();
  const before = await witness.heard(HOSTILE);
  await act();
  const { lost, recovered } = await stream.stop(5000);
  return { lost, cutOff: !recovered, leaked: (await witness.heard(HOSTILE)) - before };
}

async function suspended({ guest }: Stage): Promise<void> {
  await guest.host.libvirt.virsh('suspend', guest.name);
  await guest.host.libvirt.virsh('resume', guest.name);
}

async function libvirtdKilled({ guest }: Stage): Promise<void> {
  await guest.host.libvirt.killLibvirtd('SIGKILL');
  await guest.host.libvirt.startDaemons();
}

async function vswitchdKilled({ guest }: Stage): Promise<void> {
  await guest.host.killVswitchd('SIGKILL');
  await guest.host.startVswitchd();
}

async function unplugged({ guest }: Stage): Promise<Outcome> {
  const nic = nicXml({ network: NETWORK, portgroup: ISOLATED, mac: HOTPLUGGED });
  await guest.attachNic(nic);
  const port = await portOf(guest.host, HOTPLUGGED);
  await until('the guest to use it', async () => (await sentBy(guest.host, port)) > 20, { timeout: 30_000 });
  await guest.detachNic(nic);
  return { left: await leftOf(guest, HOTPLUGGED) };
}

/** A NIC outside of every Private VLAN becomes isolated by an update; libvirt asks for another change with it. */
async function moved({ witness, guest }: Stage): Promise<Outcome> {
  const nic = (portgroup: string): string =>
    nicXml({ network: NETWORK, portgroup, mac: HOTPLUGGED, interfaceId: NIC_ID });
  await guest.attachNic(nic('plain'));
  const port = await portOf(guest.host, HOTPLUGGED);
  const sent = async (more: number): Promise<void> => {
    const before = await sentBy(guest.host, port);
    const enough = async (): Promise<boolean> => (await sentBy(guest.host, port)) > before + more;
    await until('the guest to use it', enough, { timeout: 30_000 });
  };
  await sent(20);
  const update = nic(ISOLATED).replace(
    '</interface>',
    "<bandwidth><inbound average='100000'/></bandwidth></interface>",
  );
  await guest.updateNic(update);
  const before = await witness.heard(HOTPLUGGED);
  await sent(100);
  const leaked = (await witness.heard(HOTPLUGGED)) - before;
  await guest.detachNic(nic(ISOLATED));
  await gone(guest, HOTPLUGGED);
  return { leaked };
}

async function crashed({ guest }: Stage): Promise<Outcome> {
  const pid = await readFile(join(guest.host.libvirt.stateDir, 'qemu', `${guest.name}.pid`), 'utf8');
  process.kill(Number(pid), 'SIGKILL');
  const left = await leftOf(guest, HOSTILE);
  await guest.host.libvirt.virsh('start', guest.name);
  return { left };
}

/** Waits until the NIC has no row, and then for its flows, half a second at most. */
async function leftOf(guest: Guest, mac: Mac): Promise<number> {
  await gone(guest, mac);
  const flows = async (): Promise<number> => {
    const text = await guest.host.ofctl('--no-names', 'dump-flows', 'br0');
    return text.split('\n').filter((line) => line.includes(mac)).length;
  };
  await until('its flows to be gone', async () => (await flows()) === 0, { timeout: 500 }).catch(() => undefined);
  return flows();
}

async function gone(guest: Guest, mac: Mac): Promise<void> {
  const find = ['--bare', '--columns=name', 'find', 'Interface', `external_ids:attached-mac="${mac}"`];
  await until('the NIC to be gone', async () => (await guest.host.vsctl(...find)) === '');
}

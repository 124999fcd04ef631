import type { Guest } from '../lab/guest.ts';
import type { Mac } from '../lab/ethernet.ts';
import type { Host } from '../lab/host.ts';
import { nicXml } from '../lab/libvirt-xml.ts';
import { until } from '../lab/until.ts';
import { runAtBoot } from './boot-script.ts';
import { hostility } from './hostility.ts';
import { NETWORK } from './scene.ts';
import type { Scene } from './scene.ts';
import { Timeline } from './timeline.ts';
import { SENTINEL, VICTIM } from './witness.ts';
import type { Witness } from './witness.ts';

export const HOSTILE: Mac = '52:54:00:00:00:0a';
export const HOTPLUGGED: Mac = '52:54:00:00:01:0a';
export const ADDRESS = '10.0.0.1';

/** How a NIC comes into the world. */
export type Birth = 'boot' | 'restore' | 'hotplug';

export interface BirthResult {
  /** Frames of the guest's that its isolated neighbour got. */
  readonly leaked: number;
  /** Frames the guest had sent by then. */
  readonly sent: number;
  /** Milliseconds from the row in OVSDB to the first flow of the port, and to the flow that lets its frames through. */
  readonly closed: number | undefined;
  readonly open: number | undefined;
}

/** A birth is over when the guest has sent this many frames through the new port. */
const ENOUGH = 100;

/** A guest that sends to its neighbour without end, from every NIC, from the moment its kernel has a driver for it. */
export async function hostileGuest(scene: Scene, portgroup: string): Promise<Guest> {
  const guest = scene.guest({ name: 'hostile', nics: [{ network: NETWORK, portgroup, mac: HOSTILE }] });
  const attack = (nic: string, address: string): string =>
    `(${hostility({ nic, address, targets: [VICTIM], interval: 2 })}) &`;
  const friend = `while ! arp -i eth0 -s ${SENTINEL.address} ${SENTINEL.mac}; do usleep 1000; done`;
  await runAtBoot(guest, [attack('eth0', `${ADDRESS}/24`), attack('eth1', '10.0.0.11/24'), friend, 'wait'].join('\n'));
  return guest;
}

/** Lets a NIC be born `times` times. The guest must run, except for `boot`; it runs afterwards. */
export async function measureBirths(
  witness: Witness,
  guest: Guest,
  { birth, portgroup, times }: { readonly birth: Birth; readonly portgroup: string; readonly times: number },
): Promise<BirthResult[]> {
  const { host } = guest;
  const mac = birth === 'hotplug' ? HOTPLUGGED : HOSTILE;
  const nic = nicXml({ network: NETWORK, portgroup, mac });
  const timeline = await Timeline.of(host);
  try {
    const results: BirthResult[] = [];
    for (let time = 0; time < times; time += 1) {
      await prepare(guest, birth);
      const before = await witness.heard(mac);
      const begin = performance.now();
      if (birth === 'hotplug') await guest.attachNic(nic);
      else await host.libvirt.virsh('start', guest.name);
      const port = await portOf(host, mac);
      await until('the guest to have sent enough', async () => (await sentBy(host, port)) >= ENOUGH, {
        timeout: 30_000,
        interval: 50,
      });
      const sent = await sentBy(host, port);
      const leaked = (await witness.heard(mac)) - before;
      const ofport = await host.vsctl('get', 'Interface', port, 'ofport');
      results.push({ leaked, sent, ...timeline.protection(mac, ofport, begin) });
      if (birth === 'hotplug') await unplug(guest, nic);
    }
    return results;
  } finally {
    await timeline.close();
  }
}

async function prepare(guest: Guest, birth: Birth): Promise<void> {
  const { libvirt } = guest.host;
  if (birth === 'restore') await libvirt.virsh('managedsave', guest.name);
  if (birth === 'boot') await libvirt.virsh('destroy', guest.name).catch(() => '');
  if (birth !== 'hotplug') await until('its port to be gone', async () => !(await hasPort(guest.host, HOSTILE)));
}

async function unplug(guest: Guest, nic: string): Promise<void> {
  await guest.detachNic(nic);
  await until('its port to be gone', async () => !(await hasPort(guest.host, HOTPLUGGED)));
}

/** The name of the port whose NIC has this MAC; `undefined` when there is none. */
export async function findPort(host: Host, mac: Mac): Promise<string | undefined> {
  const found = await host.vsctl('--bare', '--columns=name', 'find', 'Interface', `external_ids:attached-mac="${mac}"`);
  return found === '' ? undefined : found;
}

async function hasPort(host: Host, mac: Mac): Promise<boolean> {
  return (await findPort(host, mac)) !== undefined;
}

/** Waits for the port whose NIC has this MAC. */
export async function portOf(host: Host, mac: Mac): Promise<string> {
  return until(`a port for ${mac}`, () => findPort(host, mac));
}

/** Frames that came in through the port so far. */
export async function sentBy(host: Host, port: string): Promise<number> {
  const text = await host.ofctl('dump-ports', 'br0', port);
  return Number(/rx pkts=(\d+)/.exec(text)?.[1] ?? 0);
}

import type { Guest } from '../lab/guest.ts';
import type { Mac } from '../lab/ethernet.ts';
import { nicXml } from '../lab/libvirt-xml.ts';
import { until } from '../lab/until.ts';
import { HOSTILE, HOTPLUGGED } from './hostile-guest.ts';
import { hasPort, portOf, sends } from './newborn.ts';
import type { Outcome, Stage } from './outcome.ts';
import { ISOLATED, NETWORK } from './scene.ts';

/** A NIC that the guest uses is unplugged. */
export async function unplugged({ guest }: Stage): Promise<Outcome> {
  const nic = nicXml({ network: NETWORK, portgroup: ISOLATED, mac: HOTPLUGGED });
  await guest.attachNic(nic);
  await sends(guest.host, await portOf(guest.host, HOTPLUGGED), 20);
  await guest.detachNic(nic);
  return { left: await leftOf(guest, HOTPLUGGED) };
}

export async function destroyed({ guest }: Stage): Promise<Outcome> {
  return ended(guest, async () => {
    await guest.host.libvirt.virsh('destroy', guest.name);
  });
}

export async function crashed({ guest }: Stage): Promise<Outcome> {
  return ended(guest, () => guest.host.libvirt.killGuest(guest.name));
}

/** The guest runs afterwards. */
async function ended(guest: Guest, end: () => Promise<void>): Promise<Outcome> {
  await end();
  const left = await leftOf(guest, HOSTILE);
  await guest.host.libvirt.virsh('start', guest.name);
  return { left };
}

/** Waits until the NIC has no row, and then for its flows, half a second at most. */
async function leftOf(guest: Guest, mac: Mac): Promise<number> {
  const { host } = guest;
  await until('the NIC to be gone', async () => !(await hasPort(host, mac)));
  const none = async (): Promise<boolean> => (await flowsNaming(guest, mac)) === 0;
  await until('its flows to be gone', none, { timeout: 500 }).catch(() => undefined);
  return flowsNaming(guest, mac);
}

/** How many of the bridge's flows name the address. */
export async function flowsNaming({ host }: Guest, mac: Mac): Promise<number> {
  const text = await host.ofctl('--no-names', 'dump-flows', 'br0');
  return text.split('\n').filter((line) => line.includes(mac)).length;
}

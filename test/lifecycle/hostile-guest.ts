import type { Guest } from '../lab/guest.ts';
import type { Mac } from '../lab/ethernet.ts';
import { runAtBoot } from './boot-script.ts';
import { hostility } from './hostility.ts';
import type { Target } from './hostility.ts';
import { NETWORK } from './scene.ts';
import type { Scene } from './scene.ts';
import { SENTINEL, VICTIM } from './witness.ts';

/** A guest by its name, its NIC and the one that it gets while it runs. */
export interface HostileGuest {
  readonly name: string;
  /** By which libvirt knows its NIC again in an update. */
  readonly interfaceId: string;
  readonly boot: Target;
  readonly hotplugged: Target;
}

/** Two that are after each other. */
export const ALICE: HostileGuest = {
  name: 'hostile',
  interfaceId: '8a1c7e0e-4a0b-4a51-9e57-0123456789aa',
  boot: { mac: '52:54:00:00:00:0a', address: '10.0.0.1' },
  hotplugged: { mac: '52:54:00:00:01:0a', address: '10.0.0.11' },
};
export const BOB: HostileGuest = {
  name: 'twin',
  interfaceId: '8a1c7e0e-4a0b-4a51-9e57-0123456789bb',
  boot: { mac: '52:54:00:00:00:0b', address: '10.0.0.2' },
  hotplugged: { mac: '52:54:00:00:01:0b', address: '10.0.0.12' },
};

export const HOSTILE: Mac = ALICE.boot.mac;
export const HOTPLUGGED: Mac = ALICE.hotplugged.mac;
export const ADDRESS = ALICE.boot.address;

export interface HostileOptions {
  readonly who?: HostileGuest;
  /** Whose NICs it sends to besides the isolated neighbour: each of its own to the one that is born at the same time. */
  readonly after?: HostileGuest;
}

/** Milliseconds between two frames of a kind; where there is more to send to, the guest can do no more. */
const INTERVAL_MS = { alone: 2, twin: 5 };

/** A guest that sends to its neighbour without end, from every NIC, from the moment its kernel has a driver for it. */
export async function hostileGuest(
  scene: Scene,
  portgroup: string,
  { who = ALICE, after }: HostileOptions = {},
): Promise<Guest> {
  const { interfaceId } = who;
  const guest = scene.guest({
    name: who.name,
    nics: [{ network: NETWORK, portgroup, mac: who.boot.mac, interfaceId }],
  });
  const interval = after === undefined ? INTERVAL_MS.alone : INTERVAL_MS.twin;
  const attack = (nic: string, own: Target, other: Target | undefined): string => {
    const targets = other === undefined ? [VICTIM] : [VICTIM, other];
    return `(${hostility({ nic, address: `${own.address}/24`, targets, interval })}) &`;
  };
  const friend = `while ! arp -i eth0 -s ${SENTINEL.address} ${SENTINEL.mac}; do usleep 1000; done`;
  const script = [
    attack('eth0', who.boot, after?.boot),
    attack('eth1', who.hotplugged, after?.hotplugged),
    friend,
    'wait',
  ];
  await runAtBoot(guest, script.join('\n'));
  return guest;
}

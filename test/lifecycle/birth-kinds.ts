import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mac } from '../lab/ethernet.ts';
import type { Guest } from '../lab/guest.ts';
import { nicXml } from '../lab/libvirt-xml.ts';
import { until } from '../lab/until.ts';
import { redefine } from './boot-script.ts';
import { HOSTILE, HOTPLUGGED } from './hostile-guest.ts';
import { hasPort } from './newborn.ts';
import { NETWORK } from './scene.ts';

/** How a NIC of the hostile guest comes into the world. The guest runs afterwards, as it was. */
export interface BirthKind {
  readonly mac: Mac;
  /** Makes everything ready. */
  readonly prepare?: (guest: Guest, portgroup: string) => Promise<void>;
  /** Returns when libvirt has done it. */
  readonly bear: (guest: Guest, portgroup: string) => Promise<void>;
  /** Leaves no trace of it, once it was measured. */
  readonly tidy?: (guest: Guest, portgroup: string) => Promise<void>;
}

const SNAPSHOT = 'first';
const OTHER_NAME = 'renamed';

async function virsh({ host, name }: Guest, command: string, ...args: string[]): Promise<void> {
  await host.libvirt.virsh(command, name, ...args);
}

async function gone({ host }: Guest, mac: Mac): Promise<void> {
  await until(`the port of ${mac} to be gone`, async () => !(await hasPort(host, mac)));
}

/** Ends the guest, if it runs. */
async function end(guest: Guest): Promise<void> {
  await virsh(guest, 'destroy').catch(() => undefined);
  await gone(guest, HOSTILE);
}

async function plugInto(guest: Guest, portgroup: string): Promise<void> {
  await redefine(guest, (xml) =>
    xml.replace(/(<source network='[^']*') portgroup='[^']*'/, `$1 portgroup='${portgroup}'`),
  );
}

export const BOOT: BirthKind = {
  mac: HOSTILE,
  prepare: async (guest, portgroup) => {
    await plugInto(guest, portgroup);
    await end(guest);
  },
  bear: (guest) => virsh(guest, 'start'),
};

export const HOTPLUG: BirthKind = {
  mac: HOTPLUGGED,
  bear: (guest, portgroup) => guest.attachNic(nicXml({ network: NETWORK, portgroup, mac: HOTPLUGGED })),
  tidy: async (guest, portgroup) => {
    await guest.detachNic(nicXml({ network: NETWORK, portgroup, mac: HOTPLUGGED }));
    await gone(guest, HOTPLUGGED);
  },
};

/** A guest that is restored sends from its first instruction. */
export const RESTORE: BirthKind = {
  mac: HOSTILE,
  prepare: async (guest) => {
    await virsh(guest, 'managedsave');
    await gone(guest, HOSTILE);
  },
  bear: (guest) => virsh(guest, 'start'),
};

/** So does one that goes back to a snapshot with its memory; it gets a new QEMU and a new port. */
export const REVERT: BirthKind = {
  mac: HOSTILE,
  prepare: (guest) => virsh(guest, 'snapshot-create-as', SNAPSHOT),
  bear: (guest) => virsh(guest, 'snapshot-revert', SNAPSHOT),
  tidy: (guest) => virsh(guest, 'snapshot-delete', SNAPSHOT),
};

export const AUTOSTART: BirthKind = {
  mac: HOSTILE,
  prepare: async (guest) => {
    const { libvirt } = guest.host;
    await virsh(guest, 'autostart');
    await end(guest);
    await libvirt.killLibvirtd();
    // libvirt starts guests once after each boot, and knows a boot by the lack of this file.
    await rm(join(libvirt.stateDir, 'qemu', 'autostarted'), { force: true });
  },
  bear: (guest) => guest.host.libvirt.startDaemons(),
  tidy: (guest) => virsh(guest, 'autostart', '--disable'),
};

export const RENAME: BirthKind = {
  mac: HOSTILE,
  prepare: async (guest) => {
    await end(guest);
    await virsh(guest, 'domrename', OTHER_NAME);
  },
  bear: async ({ host }) => {
    await host.libvirt.virsh('start', OTHER_NAME);
  },
  tidy: async (guest) => {
    await guest.host.libvirt.virsh('destroy', OTHER_NAME);
    await gone(guest, HOSTILE);
    await guest.host.libvirt.virsh('domrename', OTHER_NAME, guest.name);
    await virsh(guest, 'start');
  },
};

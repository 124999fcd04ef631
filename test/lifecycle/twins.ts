import type { Guest } from '../lab/guest.ts';
import type { Mac } from '../lab/ethernet.ts';
import type { Host } from '../lab/host.ts';
import { nicXml } from '../lab/libvirt-xml.ts';
import { UPLINK } from '../lab/upstream.ts';
import { until } from '../lab/until.ts';
import { ALICE, BOB, hostileGuest } from './hostile-guest.ts';
import { ENOUGH, hasPort, portOf, sends } from './newborn.ts';
import { NETWORK } from './scene.ts';
import type { Scene } from './scene.ts';
import { TapWatch } from './tap-watch.ts';
import { Timeline } from './timeline.ts';
import { VICTIM } from './witness.ts';
import type { Witness } from './witness.ts';

/** How both of them come into the world. */
export type TwinBirthKind = 'boot' | 'hotplug' | 'restore';

/** What happened while two NICs came into the world at once in the same isolated portgroup: no frame may pass between any two. */
export interface TwinBirth {
  /** Frames that the newborn sent in the meantime. */
  readonly sent: number;
  /** Frames of theirs at their isolated neighbour, which is protected all along. */
  readonly atNeighbour: number;
  /** Frames of one newborn at the port of the other, or of its guest: they are as unprotected receivers as senders. */
  readonly betweenNewborn: number;
  /** Frames of that neighbour at the port of a newborn. */
  readonly toNewborn: number;
  /** Milliseconds from the row in OVSDB to the first flow of the port, and to the flow that lets its frames through; the later one. */
  readonly closed: number | undefined;
  readonly open: number | undefined;
}

/** Two guests that are after each other and after an isolated neighbour, which is after them. */
export class Twins {
  readonly #witness: Witness;
  readonly #host: Host;
  readonly #portgroup: string;
  readonly #guests: readonly Guest[];

  private constructor(witness: Witness, host: Host, portgroup: string, guests: readonly Guest[]) {
    this.#witness = witness;
    this.#host = host;
    this.#portgroup = portgroup;
    this.#guests = guests;
  }

  static async in(scene: Scene, witness: Witness, portgroup: string): Promise<Twins> {
    const guests = [
      await hostileGuest(scene, portgroup, { who: ALICE, after: BOB }),
      await hostileGuest(scene, portgroup, { who: BOB, after: ALICE }),
    ];
    return new Twins(witness, scene.host, portgroup, guests);
  }

  /** Lets NICs of both guests be born at once, `times` times. The guests must run, except for `boot`; they run afterwards. */
  async born(birth: TwinBirthKind, times: number): Promise<readonly TwinBirth[]> {
    const macs = [ALICE, BOB].map((guest) => (birth === 'hotplug' ? guest.hotplugged : guest.boot).mac);
    const timeline = await Timeline.of(this.#host);
    const births: TwinBirth[] = [];
    try {
      for (let time = 0; time < times; time += 1) {
        await this.#prepare(birth);
        births.push(await this.#observe(birth, macs, timeline));
        if (birth === 'hotplug') await this.#unplug(macs);
      }
      return births;
    } finally {
      await timeline.close();
    }
  }

  async #observe(birth: TwinBirthKind, macs: readonly Mac[], timeline: Timeline): Promise<TwinBirth> {
    const host = this.#host;
    const heard = async (): Promise<number> => total(await inTurn(macs, (mac) => this.#witness.heard(mac)));
    const before = await heard();
    const watch = await TapWatch.onGuests(host);
    const peace = this.#witness.attack(macs);
    try {
      const begin = performance.now();
      await Promise.all(this.#guests.map((guest, number) => this.#bear(birth, guest, macs[number] ?? '')));
      const ports = await inTurn(macs, (mac) => portOf(host, mac));
      const sent = await inTurn(ports, (port) => sends(host, port, ENOUGH));
      const ofports = await inTurn(ports, (port) => host.vsctl('get', 'Interface', port, 'ofport'));
      const protections = macs.map((mac, number) => timeline.protection(mac, ofports[number] ?? '', begin));
      const atNeighbour = (await heard()) - before;
      await caughtUp(watch);
      return {
        sent: total(sent),
        atNeighbour,
        betweenNewborn: total(macs.map((mac) => watch.out(GUEST_DEVICE, mac))),
        toNewborn: watch.out(GUEST_DEVICE, VICTIM.mac),
        closed: latest(protections.map(({ closed }) => closed)),
        open: latest(protections.map(({ open }) => open)),
      };
    } finally {
      peace();
      await watch.close();
    }
  }

  async #bear(birth: TwinBirthKind, guest: Guest, mac: Mac): Promise<void> {
    if (birth === 'hotplug') await guest.attachNic(nicXml({ network: NETWORK, portgroup: this.#portgroup, mac }));
    else await this.#host.libvirt.virsh('start', guest.name);
  }

  async #prepare(birth: TwinBirthKind): Promise<void> {
    if (birth === 'hotplug') return;
    const { libvirt } = this.#host;
    for (const { name } of this.#guests) {
      if (birth === 'restore') await libvirt.virsh('managedsave', name);
      else await libvirt.virsh('destroy', name).catch(() => '');
    }
    await this.#gone([ALICE.boot.mac, BOB.boot.mac]);
  }

  async #unplug(macs: readonly Mac[]): Promise<void> {
    for (const [number, guest] of this.#guests.entries()) {
      await guest.detachNic(nicXml({ network: NETWORK, portgroup: this.#portgroup, mac: macs[number] ?? '' }));
    }
    await this.#gone(macs);
  }

  async #gone(macs: readonly Mac[]): Promise<void> {
    for (const mac of macs) await until(`the port of ${mac} to be gone`, async () => !(await hasPort(this.#host, mac)));
  }
}

/** As libvirt calls the devices of guests. */
const GUEST_DEVICE = /^vnet/;

/** tcpdump tells in order: when it has told of later frames of the neighbour, it has told of everything up to now. */
async function caughtUp(watch: TapWatch): Promise<void> {
  const uplink = new RegExp(`^${UPLINK}$`);
  const before = watch.out(uplink, VICTIM.mac);
  await until('tcpdump to tell of all', () => watch.out(uplink, VICTIM.mac) > before + 4);
}

async function inTurn<Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await act(item));
  return results;
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Undefined when one of them never came. */
function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length < times.length ? undefined : Math.max(...known);
}

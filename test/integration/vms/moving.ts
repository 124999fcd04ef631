import { expect } from 'chai';
import type { Host } from '../../lab/host.ts';
import { until } from '../../lab/until.ts';
import { sentBy } from '../../lifecycle/newborn.ts';
import type { Encounters } from '../../lifecycle/encounters.ts';
import { GUEST_MAC } from '../../lifecycle/moving-cast.ts';
import type { MoverRole } from '../../lifecycle/moving-cast.ts';
import { MOVER } from '../../lifecycle/moving-setup.ts';
import { MovingStage } from '../../lifecycle/moving-stage.ts';
import type { Observation } from '../../lifecycle/moving-stage.ts';
import { allFlows, findPort, flowsOf, installed, interfaceColumn, marks, portOf } from './ports.ts';

const MARKS: Readonly<Record<MoverRole, string>> = {
  isolated: 'true isolated 2102',
  community: 'true community 2102 blue',
  promiscuous: 'true promiscuous 2102',
};

/** MiB per second at which the guest's memory takes longer than any test. */
export const SLOW = { bandwidth: 1 };

/** A guest that may move between two hypervisors with agents, and what has to be true of them wherever it is. */
export class Moving {
  readonly stage: MovingStage;
  /** Flows of each host while the guest was nowhere. */
  readonly #without: ReadonlyMap<Host, readonly string[]>;

  private constructor(stage: MovingStage, without: ReadonlyMap<Host, readonly string[]>) {
    this.stage = stage;
    this.#without = without;
  }

  static async of(role: MoverRole, { bornParked = false } = {}): Promise<Moving> {
    const without = new Map<Host, readonly string[]>();
    const stage = await MovingStage.create({ role, protection: 'agent', bornParked }, async (host) => {
      without.set(host, await allFlows(host));
    });
    await installed(stage.here, GUEST_MAC);
    return new Moving(stage, without);
  }

  /**
   * Migrates the guest, and lets its memory wait until all its peers have exchanged frames with it while both hypervisors had a
   * port for it.
   */
  async migrate(encounters: Encounters): Promise<void> {
    const { guest, there } = this.stage;
    const migration = await guest.beginMigration(there, SLOW);
    await migration.underWay();
    await installed(there, GUEST_MAC);
    await encounters.flow();
    await migration.hurry();
    await migration.done();
  }

  /** The guest is installed where it is in its role, and the other host is as if it had never been there. */
  async expectSettled(): Promise<void> {
    const { here, there, role } = this.stage;
    await installed(here, GUEST_MAC);
    expect(await marks(here, GUEST_MAC)).to.equal(MARKS[role]);
    expect(await parking(here)).to.equal(role === 'promiscuous' ? '' : 'trunk [4095]');
    expect(await this.flowsAt(here)).to.be.greaterThan(role === 'promiscuous' ? 0 : 3);
    await this.expectAbsent(there);
  }

  /** Neither a port nor a flow of the guest is on the host. */
  async expectAbsent(host: Host): Promise<void> {
    await until(
      `the guest's port on ${host.name} to be gone`,
      async () => (await findPort(host, GUEST_MAC)) === undefined,
    );
    const before = this.#without.get(host);
    const same = async (): Promise<boolean> => JSON.stringify(await allFlows(host)) === JSON.stringify(before);
    await until(`the guest's flows on ${host.name} to be gone`, same).catch(() => undefined);
    expect(await allFlows(host)).to.deep.equal(before);
  }

  /** How many flows of the host name the guest's address or port. */
  async flowsAt(host: Host): Promise<number> {
    const ofport = await interfaceColumn(host, await portOf(host, GUEST_MAC), 'ofport');
    return (await flowsOf(host, { mac: GUEST_MAC, ofport })).length;
  }

  /** Who the guest's NIC is, as libvirt says. */
  async identity(): Promise<readonly string[]> {
    const { here } = this.stage;
    const port = await portOf(here, GUEST_MAC);
    return Promise.all(
      ['iface-id', 'vm-id', 'attached-mac'].map((key) => interfaceColumn(here, port, `external_ids:${key}`)),
    );
  }
}

/** The Port row's own means of keeping frames away from `NORMAL`. */
export async function parking(host: Host): Promise<string> {
  const port = await portOf(host, GUEST_MAC);
  const text = await host.vsctl('get', 'Port', port, 'vlan_mode', '--', 'get', 'Port', port, 'trunks');
  const [mode = '', trunks = ''] = text.split('\n');
  return trunks === '[4095]' ? `${mode} ${trunks}` : '';
}

/**
 * Frames of a hundred a second that a migration may cost beyond the pause: the switches have to hear the guest's announcement, on
 * a machine that may be busy. A source that does not let go of the guest loses more than that, until libvirt takes its port away.
 */
const ANNOUNCED = 100;

/**
 * Nobody got a forbidden frame, everybody permitted exchanges frames with the guest again, and of a hundred frames a second each
 * way no more than `beyond` were lost with any peer besides those of the time in which libvirt had the guest paused.
 */
export function expectUndisturbed({ paused, peers, forbidden }: Observation, { beyond = ANNOUNCED } = {}): void {
  const story = JSON.stringify({ paused, peers, forbidden });
  expect(forbidden, story).to.deep.equal({ fromGuest: 0, toGuest: 0 });
  expect(peers, story).to.have.length(3);
  const bound = paused / 10 + beyond;
  for (const { fromGuest, roundTrip } of peers) {
    expect(fromGuest.sent, story).to.be.greaterThan(50);
    expect(fromGuest.lost, story).to.be.at.most(bound);
    expect(fromGuest.doubled, story).to.equal(0);
    expect(roundTrip.lost, story).to.be.at.most(bound);
    expect(roundTrip.recovered, story).to.equal(true);
  }
}

/** Waits for libvirt to say so of the guest: `running (post-copy)`. */
export async function domainState(host: Host, state: string): Promise<void> {
  const look = async (): Promise<boolean> =>
    (await host.libvirt.virsh('domstate', MOVER, '--reason').catch(() => '')).includes(state);
  await until(`the guest on ${host.name} to be ${state}`, look);
}

/** The guest runs at a port of its own on `host` whose row alone keeps it from everybody, its peers included. */
export async function expectClosed(stage: MovingStage, host: Host): Promise<void> {
  expect(await parking(host)).to.match(/\[4095\]$/);
  expect(await marks(host, GUEST_MAC)).to.equal('');
  const port = await portOf(host, GUEST_MAC);
  const heard = stage.heardByPeers;
  const sent = await sentBy(host, port);
  await until('the guest to send', async () => (await sentBy(host, port)) > sent + 100);
  expect(stage.heardByPeers - heard, 'frames of the guest at its peers').to.equal(0);
}

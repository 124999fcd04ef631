import { join } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { fileURLToPath } from 'node:url';
import type { Host } from '../lab/host.ts';
import { Lab } from '../lab/lab.ts';
import { until } from '../lab/until.ts';
import { SWITCH_BRIDGE } from '../lab/upstream.ts';
import { Controller } from '../support/controller.ts';
import { ROUTER_MAC } from '../support/duo.ts';
import { AgentChild } from './agent-child.ts';
import { GUEST_ROLES, Guest, type RoleName } from './guest.ts';
import { PRIMARY, pvlanOf, SECONDARIES, switchFlows, type Mode } from './mode.ts';
import type { Random } from './random.ts';
import { SmallDisk } from './small-disk.ts';
import { Timeline } from './timeline.ts';
import { Traffic } from './traffic.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const JUMPING_CLOCK = fileURLToPath(new URL('../integration/recovery/jumping-clock.ts', import.meta.url));
const MOST_GUESTS = 5;
const FEWEST_GUESTS = 2;
/** What a stranger's trunk carries: everything, as libvirt has it where nobody says otherwise, or the VLANs of the Private VLAN. */
const TRUNKS = [[], [PRIMARY], [PRIMARY, ...Object.values(SECONDARIES)]];

/**
 * What the other controller has in the first host's bridge. It says what becomes of frames that are not the agent's, and has flows in
 * the agent's tables, a group and a meter.
 */
const FOREIGN = {
  cookie: 0xc0den,
  meters: ['meter=7,kbps,band=type=drop,rate=1000000'],
  groups: ['group_id=77,type=indirect,bucket=output:LOCAL'],
  flows: [
    'table=0,priority=0,actions=NORMAL',
    'table=0,priority=77,udp,in_port=LOCAL,tp_dst=6343,actions=group:77',
    'table=60,priority=1,udp,tp_dst=6343,actions=drop',
    'table=66,priority=1,dl_dst=02:00:00:00:09:09,actions=meter:7,NORMAL',
    'table=200,priority=1,actions=group:77',
  ],
};

/** One hypervisor with its agent and guests. */
export interface Site {
  readonly host: Host;
  readonly agent: AgentChild;
  readonly guests: Set<Guest>;
  /** Trunks outside the Private VLAN, which attack it. */
  readonly strangers: Set<Guest>;
  /** Where the database lies. */
  readonly disk: SmallDisk;
  /** Another controller of the bridge, on the first host: its flows, groups and meters are to stay as they are. */
  readonly controller: Controller | undefined;
  /** Starts another agent on the host. */
  readonly rival: () => Promise<AgentChild>;
}

/** Two hypervisors behind a physical switch with a router, agents that work there, and traffic that never stops. */
export class World {
  readonly lab: Lab;
  readonly sites: readonly Site[];
  readonly traffic: Traffic;
  readonly timeline: Timeline;
  readonly random: Random;
  /** How long deleted flows were away, in milliseconds. */
  readonly flowBackMs: number[] = [];
  /** How long ports stood open that another writer had opened, in milliseconds. */
  readonly unparkedMs: number[] = [];
  readonly #upstream: Host;
  /** By host: what its other controller has there. */
  readonly #foreign = new Map<Host, string>();
  #born = 0;
  #visits = 0;

  private constructor(
    lab: Lab,
    upstream: Host,
    sites: readonly Site[],
    random: Random,
    traffic: Traffic,
    timeline: Timeline,
  ) {
    this.lab = lab;
    this.#upstream = upstream;
    this.sites = sites;
    this.random = random;
    this.traffic = traffic;
    this.timeline = timeline;
  }

  static async create(random: Random, mode: Mode): Promise<World> {
    const lab = await Lab.create();
    try {
      // Built here, so that what runs is what the sources say, and starts as fast as what is installed.
      const bundle = join(lab.folder, 'pvlan-agent.mjs');
      await execa(process.execPath, ['scripts/build.mjs', '--outfile', bundle], { cwd: ROOT });
      const clock = join(lab.folder, 'jumping-clock.mjs');
      await build({ entryPoints: [JUMPING_CLOCK], outfile: clock, format: 'esm', platform: 'node' });
      const hosts = [await lab.host('a'), await lab.host('b')];
      const upstream = await lab.upstream(hosts);
      const router = await upstream.plug({ name: 'router', mac: ROUTER_MAC, tag: 2102 });
      for (const flow of switchFlows(mode, await router.ofport()))
        await upstream.host.ofctl('add-flow', SWITCH_BRIDGE, flow);
      const sites: Site[] = [];
      for (const host of hosts) {
        const disk = await SmallDisk.under(host);
        const start = (name: string): Promise<AgentChild> =>
          AgentChild.start(host, { program: [`--import=${clock}`, bundle], name, pvlans: [pvlanOf(mode)] });
        const controller = sites.length === 0 ? await Controller.of(host, 'br0', FOREIGN) : undefined;
        const agent = await start('agent');
        const [guests, strangers] = [new Set<Guest>(), new Set<Guest>()];
        sites.push({ host, agent, guests, strangers, disk, controller, rival: () => start('rival') });
      }
      const world = new World(
        lab,
        upstream.host,
        sites,
        random,
        new Traffic(random.below(2 ** 31), mode),
        new Timeline(),
      );
      const physical = new Guest(router, upstream.host, 'router', true);
      physical.settle();
      world.traffic.join(physical);
      for (const site of sites)
        for (const role of ['isolated-2102', 'isolated-2102', 'community-2102-red'] as const)
          await world.birth(site, { role });
      await world.settled();
      return world;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** A new guest; one that is to be promiscuous, and a few others, are not born parked. `wait: false`: ovs-vswitchd is dead. */
  async birth(site: Site, { role, wait = true }: { role?: RoleName; wait?: boolean } = {}): Promise<Guest | undefined> {
    if (site.guests.size >= MOST_GUESTS) return undefined;
    const chosen = role ?? this.random.pick(GUEST_ROLES) ?? 'isolated-2102';
    const bornParked = chosen !== 'promisc-2102' && this.random.below(8) > 0;
    this.#born += 1;
    const mac = `02:00:00:01:${hex(this.#born >> 8)}:${hex(this.#born)}`;
    const name = `g${this.#born}`;
    this.timeline.note(
      `${name} (${chosen}${bornParked ? '' : ', not born parked'}) is plugged in on ${site.host.name}`,
    );
    const endpoint = await site.host.plug({ name, mac, portProfile: chosen, bornParked, wait });
    const guest = new Guest(endpoint, site.host, chosen, bornParked);
    site.guests.add(guest);
    this.traffic.join(guest);
    return guest;
  }

  /** `guest` is unplugged, or any. `wait: false`: ovs-vswitchd is dead. */
  async death(site: Site, { wait = true, guest = this.random.pick([...site.guests]) } = {}): Promise<void> {
    if (guest === undefined || site.guests.size <= FEWEST_GUESTS) return;
    this.timeline.note(`${guest.name} is unplugged on ${site.host.name}`);
    site.guests.delete(guest);
    this.traffic.leave(guest);
    await guest.endpoint.unplug({ wait });
  }

  /** A trunk that nobody gave a portgroup of the Private VLAN appears; the one before it goes. */
  async visit(site: Site): Promise<void> {
    for (const before of site.strangers) {
      this.timeline.note(`${before.name} (stranger) is unplugged on ${site.host.name}`);
      site.strangers.delete(before);
      this.traffic.leave(before);
      await before.endpoint.unplug();
    }
    this.#visits += 1;
    const name = `s${this.#visits}`;
    const mac = `02:00:00:02:${hex(this.#visits >> 8)}:${hex(this.#visits)}`;
    const trunks = this.random.pick(TRUNKS) ?? [];
    // Without any portgroup it is quarantined once the agent has seen it.
    const known = this.random.below(4) > 0 ? { portProfile: 'elsewhere' } : {};
    const what = `stranger, trunk of ${trunks.join() || 'all'}, portgroup ${known.portProfile ?? 'unknown'}`;
    this.timeline.note(`${name} (${what}) is plugged in on ${site.host.name}`);
    const endpoint = await site.host.plug({ name, mac, trunks, ...known });
    const stranger = new Guest(endpoint, site.host, 'stranger', true);
    site.strangers.add(stranger);
    this.traffic.join(stranger);
  }

  /** A guest goes on elsewhere under its address. */
  async move(from: Site, to: Site): Promise<void> {
    const guest = this.random.pick([...from.guests]);
    if (guest === undefined || from.guests.size <= FEWEST_GUESTS || to.guests.size >= MOST_GUESTS) return;
    const { name, mac } = guest.endpoint;
    this.timeline.note(`${name} moves to ${to.host.name}`);
    from.guests.delete(guest);
    this.traffic.leave(guest);
    await guest.endpoint.unplug();
    // A switch that knows Private VLANs learns addresses for all VLANs of one in common. Ours does not: it would look for a guest that
    // was promiscuous once, and spoke in the primary VLAN then, where it was last heard there.
    await this.#upstream.appctl('fdb/flush', SWITCH_BRIDGE);
    const { role, bornParked } = guest;
    const moved = new Guest(
      await to.host.plug({ name, mac, portProfile: role, bornParked }),
      to.host,
      role,
      bornParked,
    );
    to.guests.add(moved);
    this.traffic.join(moved);
  }

  /** A guest changes its portgroup while it runs. A port born parked carries no VLAN, so it never becomes promiscuous. */
  async changeRole(site: Site): Promise<void> {
    const guest = this.random.pick([...site.guests]);
    if (guest === undefined) return;
    const choices = GUEST_ROLES.filter((one) => one !== guest.role && !(guest.bornParked && one === 'promisc-2102'));
    const role = this.random.pick(choices) ?? guest.role;
    this.timeline.note(`${guest.name} on ${site.host.name} turns from ${guest.role} to ${role}`);
    guest.become(role);
    await site.host.vsctl('--no-wait', 'set', 'Interface', guest.name, `external_ids:port-profile=${role}`);
  }

  /** Something that happens on any day. */
  async everyday(): Promise<void> {
    const site = this.random.pick(this.sites);
    if (site === undefined) return;
    const other = this.sites.find((one) => one !== site) ?? site;
    const acts = [
      () => this.birth(site),
      () => this.death(site),
      () => this.move(site, other),
      () => this.changeRole(site),
      () => this.visit(site),
    ];
    await this.random.pick(acts)?.();
  }

  /**
   * Waits until both agents say that every guest is installed in its newest role. A barrier speaks of flow tables: for some
   * milliseconds more ovs-vswitchd may forward by what it has cached of the old ones, so an old role ends when that is revalidated.
   */
  async settled(): Promise<void> {
    for (const { host, agent, guests } of this.sites) {
      await agent.settled(new Map([...guests].map((guest) => [guest.name, guest.role])));
      if ([...guests].some((guest) => guest.changing)) await host.appctl('revalidator/wait');
      for (const guest of guests) guest.settle();
    }
  }

  /** Waits until ovs-vswitchd has put in force what the database says now. */
  async noted({ host }: Site): Promise<void> {
    await host.vsctl('set', 'Open_vSwitch', '.', `external_ids:chaos=${performance.now()}`);
  }

  /**
   * Waits until the other controller has everything it installed, its connection and its role: nobody but the agent and the faults
   * touches that, and the faults undo what they do.
   */
  async foreignKept(): Promise<void> {
    for (const { host, controller } of this.sites) {
      if (controller === undefined) continue;
      const before = this.#foreign.get(host);
      let now = '';
      const kept = async (): Promise<boolean> => (now = await controller.state()) === before;
      if (before === undefined) this.#foreign.set(host, await controller.state());
      else
        await until("the other controller's flows to be as before", kept).catch((error: unknown) => {
          throw new Error(`${String(error)}\nbefore:\n${before}\nnow:\n${now}`, { cause: error });
        });
    }
  }

  async close(): Promise<void> {
    this.traffic.stop();
    await this.lab.close();
  }
}

function hex(number: number): string {
  return (number & 0xff).toString(16).padStart(2, '0');
}

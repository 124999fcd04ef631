import type { Guest } from '../lab/guest.ts';
import type { Host } from '../lab/host.ts';
import { PauseWatch } from '../lab/pause-watch.ts';
import { Encounters } from './encounters.ts';
import type { Encounter, Peer } from './encounters.ts';
import type { HypervisorAgent } from './hypervisor-agent.ts';
import { castFor, GUEST_MAC, pvlanFor } from './moving-cast.ts';
import type { MoverRole } from './moving-cast.ts';
import { hostOf, MOVER, plugStation, startAgents, startMover, teachSwitch } from './moving-setup.ts';
import type { MoverOptions, Plugged } from './moving-setup.ts';
import { Scene } from './scene.ts';
import { Strangers } from './strangers.ts';
import type { Forbidden } from './strangers.ts';

export interface MovingStageOptions extends MoverOptions {
  /** Places of the peers to take part (`at-source`, `at-target`, `at-switch`); default all. */
  readonly where?: readonly string[];
}

/** What was seen while something happened. */
export interface Observation {
  readonly milliseconds: number;
  /** Of them, those in which the guest ran on neither hypervisor, as QEMU says. */
  readonly paused: number;
  readonly peers: readonly Encounter[];
  /** Since the stage stands. */
  readonly forbidden: Forbidden;
}

/** Two hypervisors and a guest that may move between them, with peers and strangers around it. */
export class MovingStage {
  readonly guest: Guest;
  readonly role: MoverRole;
  readonly strangers: Strangers;
  readonly #scene: Scene;
  readonly #agents: ReadonlyMap<Host, HypervisorAgent>;
  readonly #peers: readonly Plugged[];
  readonly #where: readonly string[] | undefined;
  readonly #pauses: PauseWatch;
  #heardByPeers = 0;

  private constructor(parts: {
    readonly options: MovingStageOptions;
    readonly scene: Scene;
    readonly guest: Guest;
    readonly agents: ReadonlyMap<Host, HypervisorAgent>;
    readonly peers: readonly Plugged[];
    readonly strangers: Strangers;
    readonly pauses: PauseWatch;
  }) {
    this.guest = parts.guest;
    this.role = parts.options.role;
    this.strangers = parts.strangers;
    this.#where = parts.options.where;
    this.#scene = parts.scene;
    this.#agents = parts.agents;
    this.#peers = parts.peers;
    this.#pauses = parts.pauses;
    for (const { endpoint } of parts.peers) {
      endpoint.watch(({ src }) => {
        if (src === GUEST_MAC) this.#heardByPeers += 1;
      });
    }
  }

  /** `prepared` sees the hosts when everybody but the guest is there and protected. */
  static async create(options: MovingStageOptions, prepared?: (host: Host) => Promise<void>): Promise<MovingStage> {
    const { role, protection } = options;
    const { promiscuousMacs = [] } = pvlanFor(role);
    const scene = await Scene.create({ protection, hosts: ['a', 'b'], promiscuousMacs });
    try {
      const agents = protection === 'agent' ? await startAgents(scene, role) : new Map<Host, HypervisorAgent>();
      const { peers, strangers } = castFor(role);
      const plugged = await Promise.all(
        peers.map(async (peer) => ({ station: peer, endpoint: await plugStation(scene, peer) })),
      );
      if (role === 'community' && protection === 'agent') await teachSwitch(scene, plugged);
      const feared = await Promise.all(
        // The hook knows isolated guests only.
        strangers
          .filter(({ part }) => protection !== 'hook' || part === 'isolated')
          .map(async (station) => ({ endpoint: await plugStation(scene, station), host: hostOf(scene, station) })),
      );
      for (const host of scene.hosts) await prepared?.(host);
      const pauses = new PauseWatch(MOVER, scene.hosts);
      const guest = await startMover(scene, options);
      await pauses.heardStart(guest.host);
      for (const { ip, mac } of peers) await guest.run(`arp -s ${ip} ${mac}; ping -q -i 0.01 ${ip} >/dev/null 2>&1 &`);
      const crowd = await Strangers.among(scene.hosts, feared);
      return new MovingStage({ options, scene, guest, agents, peers: plugged, strangers: crowd, pauses });
    } catch (error) {
      await scene.close();
      throw error;
    }
  }

  /** Where the guest is. */
  get here(): Host {
    return this.guest.host;
  }

  /** The other hypervisor. */
  get there(): Host {
    const host = this.#scene.hosts.find((candidate) => candidate !== this.here);
    if (host === undefined) throw new Error('the scene has one host only');
    return host;
  }

  /** Frames of the guest's that came to its peers, since the stage stands. */
  get heardByPeers(): number {
    return this.#heardByPeers;
  }

  agentOn(host: Host): HypervisorAgent {
    const agent = this.#agents.get(host);
    if (agent === undefined) throw new Error(`no agent belongs to ${host.name}`);
    return agent;
  }

  /** Counts what the guest and its peers exchange while `act` runs and until all of them reach each other again. */
  async observe(act: (encounters: Encounters) => Promise<void>): Promise<Observation> {
    const encounters = await Encounters.begin(this.#peersFrom(this.here));
    try {
      const begin = Date.now();
      await act(encounters);
      const milliseconds = Date.now() - begin;
      const peers = await encounters.end();
      const paused = Math.round(await this.#pauses.pausedSince(begin));
      return { milliseconds, paused, peers, forbidden: await this.strangers.heard() };
    } catch (error) {
      await encounters.end(0);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.strangers.close();
    await this.#scene.close();
  }

  /** The peers with their places as a guest sees them that is about to leave `source`. */
  #peersFrom(source: Host): readonly Peer[] {
    return this.#peers
      .map(({ station, endpoint }) => {
        const side = station.on === 'switch' ? 'switch' : station.on === source.name ? 'source' : 'target';
        return { station, endpoint, place: `at-${side}` };
      })
      .filter(({ place }) => this.#where?.includes(place) ?? true);
  }
}

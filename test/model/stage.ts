import { NO_FACTS } from '../../src/pvlan/guest-facts.ts';
import { macAddress } from '../../src/pvlan/mac.ts';
import { NO_GUARDS } from '../../src/pvlan/policy.ts';
import { vlanId } from '../../src/pvlan/vlan-id.ts';
import { SINGLE } from '../../src/pvlan/wire-mode.ts';
import { Lab } from '../lab/lab.ts';
import { Prober } from '../lab/probe.ts';
import { until } from '../lab/until.ts';
import { AgentOn } from '../support/agent-on.ts';
import { buildFrame } from './build-frame.ts';
import { isGuest, isTheft } from './may-deliver.ts';
import { SLOTS, SlotVlans, networkOf, plan } from './network.ts';
import { COMMUNITIES } from './topology.ts';
import { nativeVlanOf, setNativeVlan } from './native-vlan.ts';
import { plugAll, unplugAll } from './plug-all.ts';
import { overheard, talks } from './talk.ts';
import { bondOf, laySecondCables, setBond } from './uplinks.ts';
import { teachUpstream } from './upstream-flows.ts';
import { seeFrame } from './seen-frame.ts';
import { violationsOf } from './violation.ts';
import type { Delivery, Probe } from '../lab/probe.ts';
import type { Endpoint } from '../lab/endpoint.ts';
import type { Place, Topology } from './topology.ts';
import type { Host } from '../lab/host.ts';
import type { Network } from './may-deliver.ts';
import type { Outcome, Violation } from './violation.ts';
import type { Plugged } from './network.ts';
import type { GuestFacts, IpPrefix } from '../../src/pvlan/guest-facts.ts';
import type { Mac } from '../../src/pvlan/mac.ts';
import type { PrivateVlan } from '../../src/pvlan/policy.ts';
import type { Pvlan, Station } from './station.ts';
import type { VlanId } from '../../src/pvlan/vlan-id.ts';
import type { WireMode } from '../../src/pvlan/wire-mode.ts';

/** What playing test cases brought to light. */
export interface Play {
  readonly outcomes: readonly Outcome[];
  readonly stations: readonly Station[];
  readonly network: Network;
  readonly violations: readonly Violation[];
}

/** Frames that are sent together; the next ones follow when nothing is under way any more. */
interface Round {
  readonly misled: boolean;
  readonly frames: readonly Omit<Outcome, 'arrivals' | 'misled'>[];
}

const HYPERVISORS = ['a', 'b'] as const;
const DONE: readonly string[] = ['installed', 'released', 'quarantined'];

/**
 * Two hypervisors and a physical switch that stay up while one test case after the other is played on them. Each play has
 * fresh ports and fresh agents; several test cases in one play are apart in VLANs and addresses, and the model holds
 * between them as well.
 */
export class Stage {
  readonly #lab: Lab;
  readonly #hosts: Readonly<Record<Place, Host>>;
  readonly #prober: Prober;

  private constructor(lab: Lab, hosts: Readonly<Record<Place, Host>>) {
    this.#lab = lab;
    this.#hosts = hosts;
    this.#prober = new Prober(lab.hosts);
  }

  static async open(): Promise<Stage> {
    const lab = await Lab.create();
    const a = await lab.host('a');
    const b = await lab.host('b');
    const upstream = await lab.upstream([a, b]);
    await laySecondCables(upstream.host, [a, b]);
    return new Stage(lab, { a, b, upstream: upstream.host });
  }

  get hosts(): readonly Host[] {
    return this.#lab.hosts;
  }

  async close(): Promise<void> {
    await this.#lab.close();
  }

  /**
   * Builds the test cases' networks, sends their frames, and compares with the model. At most `SLOTS` at once. `again`:
   * what was sent first is sent once more after switches were misled; default true.
   */
  async play(topologies: readonly Topology[], { again = true }: { readonly again?: boolean } = {}): Promise<Play> {
    if (topologies.length > SLOTS) throw new RangeError(`${topologies.length} test cases at once; at most ${SLOTS}`);
    const plans = topologies.map((topology, slot) => plan(topology, slot));
    const ports = plans.flatMap((one) => one.ports);
    const nativeVlan = nativeVlanOf(topologies);
    const bond = bondOf(topologies);
    const network = networkOf(
      plans.flatMap((one) => one.pvlans),
      nativeVlan,
      bond,
    );
    const rounds = roundsOf(
      topologies.map((topology, slot) => framesOf(topology, slot, plans[slot]?.ports ?? [])),
      network,
    );
    await setBond(this.#hosts, bond);
    const agents = await this.#agents(network.pvlans, ports);
    try {
      await setNativeVlan(this.#hosts, nativeVlan);
      const endpoints = await this.#plug(ports);
      await teachUpstream(this.#hosts.upstream, network.pvlans, ports, endpoints);
      await settled(agents, ports);
      const outcomes: Outcome[] = [];
      for (const round of again ? rounds : rounds.slice(0, 2)) outcomes.push(...(await this.#send(round, endpoints)));
      const stations = ports.map(({ station }) => station);
      const violations = [
        ...outcomes.flatMap((outcome) => violationsOf(outcome, stations, network)),
        ...(await this.#talk(plans, stations, endpoints)),
      ];
      return { outcomes, stations, network, violations };
    } finally {
      await this.#clear();
      await setNativeVlan(this.#hosts, undefined);
      await Promise.all([...agents.values()].map((agent) => agent.stop()));
    }
  }

  async #agents(pvlans: readonly Pvlan[], ports: readonly Plugged[]): Promise<Map<Place, AgentOn>> {
    const config = { pvlans: pvlans.map((pvlan) => configured(pvlan, ports)), guests: guestFacts(ports) };
    const started = HYPERVISORS.map(async (place): Promise<[Place, AgentOn]> => [
      place,
      await AgentOn.start(this.#hosts[place], { config }),
    ]);
    return new Map(await Promise.all(started));
  }

  async #plug(ports: readonly Plugged[]): Promise<Map<string, Endpoint>> {
    const plugged = Object.entries(this.#hosts).map(([place, host]) =>
      plugAll(
        host,
        ports.filter(({ station }) => station.place === place).map(({ plug }) => plug),
      ),
    );
    return new Map((await Promise.all(plugged)).flat().map((endpoint) => [endpoint.name, endpoint]));
  }

  async #send({ misled, frames }: Round, endpoints: ReadonlyMap<string, Endpoint>): Promise<Outcome[]> {
    const probes = frames.flatMap(({ sender, raw }): Probe[] => {
      const from = endpoints.get(sender.name);
      return from === undefined ? [] : [{ from, frame: raw }];
    });
    const deliveries = new Map<Buffer, Delivery[]>();
    for (const delivery of await this.#prober.send(probes)) {
      deliveries.set(delivery.probe.frame, [...(deliveries.get(delivery.probe.frame) ?? []), delivery]);
    }
    return frames.map((frame) => {
      const arrivals = (deliveries.get(frame.raw) ?? []).map(
        ({ receiver, times, tags }) => [receiver.name, { times, vids: tags.map(({ vid }) => vid) }] as const,
      );
      return { ...frame, misled, arrivals: new Map(arrivals) };
    });
  }

  /** Has every guest and router talk after all switches have forgotten everybody, and returns what others heard of it. */
  async #talk(
    plans: readonly { readonly ports: readonly Plugged[] }[],
    stations: readonly Station[],
    endpoints: ReadonlyMap<string, Endpoint>,
  ): Promise<readonly Violation[]> {
    const all = plans.map(({ ports }, slot) => talks(slot, ports));
    const violations: Violation[] = [];
    await this.#everywhere('fdb/flush');
    for (const round of [0, 1, 2, 3]) {
      const words = all.flatMap((rounds) => rounds[round] ?? []);
      // What was cached while addresses were not known goes first.
      await this.#everywhere('revalidator/wait');
      const outcomes = await this.#send(
        { misled: true, frames: words.map((word) => ({ ...word, usurpedAt: [] })) },
        endpoints,
      );
      if (round < 2) continue;
      for (const [index, word] of words.entries()) {
        const outcome = outcomes[index];
        if (outcome !== undefined) violations.push(...overheard(word, outcome, stations));
      }
    }
    return violations;
  }

  async #everywhere(command: string): Promise<void> {
    await Promise.all(this.#lab.hosts.map((host) => host.appctl(command)));
  }

  /** Takes all ports away, and what the switches have learned: the next play uses the same addresses elsewhere. */
  async #clear(): Promise<void> {
    await Promise.all(
      Object.values(this.#hosts).map(async (host) => {
        await unplugAll(host);
        await host.appctl('fdb/flush');
      }),
    );
  }
}

/** What the operator says of a Private VLAN, the same on every hypervisor. */
function configured(pvlan: Pvlan, ports: readonly Plugged[]): PrivateVlan {
  const promiscuous = ports.filter(
    ({ station: { port } }) => port.kind === 'promiscuous' && port.pvlan.primary === pvlan.primary,
  );
  const promiscuousMacs = promiscuous.flatMap(({ station }) => station.macs.flatMap((mac) => macAddress(mac) ?? []));
  return { primary: vlan(pvlan.primary), promiscuousMacs, wire: wireMode(pvlan), guards: NO_GUARDS };
}

/** What the operator says of single guests, by the address of their NIC. */
function guestFacts(ports: readonly Plugged[]): Map<Mac, GuestFacts> {
  const nested = ports.flatMap(({ station: { port, isHeld, macs } }): [Mac, GuestFacts][] =>
    port.kind === 'trunk' && isHeld !== true
      ? macs.flatMap((text) => macAddress(text) ?? []).map((mac) => [mac, { ...NO_FACTS, nested: true }])
      : [],
  );
  const known = ports.flatMap(({ station: { macs, addresses } }): [Mac, GuestFacts][] => {
    const [mac, ...extraMacs] = macs.flatMap((text) => macAddress(text) ?? []);
    if (mac === undefined || (extraMacs.length === 0 && addresses.length === 0)) return [];
    return [[mac, { extraMacs, addresses: addresses.length === 0 ? undefined : addresses.map(prefix) }]];
  });
  return new Map([...nested, ...known]);
}

function prefix(address: string): IpPrefix {
  if (!address.includes(':')) return { family: 4, address, length: 32 };
  // The URL parser spells IPv6 addresses as RFC 5952 asks.
  return { family: 6, address: new URL(`http://[${address}]`).hostname.slice(1, -1), length: 128 };
}

function wireMode({ secondaries: [isolated, ...communities] }: Pvlan): WireMode {
  if (isolated === undefined) return SINGLE;
  const byName = COMMUNITIES.map((name, index): [string, VlanId] => [name, vlan(communities[index] ?? 0)]);
  return { kind: 'secondary', isolated: vlan(isolated), communities: new Map(byName) };
}

function vlan(number: number): VlanId {
  const vid = vlanId(number);
  if (vid === undefined) throw new RangeError(`${number} is no VLAN`);
  return vid;
}

async function settled(agents: ReadonlyMap<Place, AgentOn>, ports: readonly Plugged[]): Promise<void> {
  for (const [place, { agent }] of agents) {
    const names = ports.filter(({ station }) => station.place === place).map(({ station }) => station.name);
    await until(
      `the agent on ${place} to be done with its ports`,
      () => {
        const status = agent.status();
        const states = new Map(status.bridges.flatMap((bridge) => bridge.ports).map((port) => [port.name, port.state]));
        return status.settled && names.every((name) => DONE.includes(states.get(name) ?? ''));
      },
      { timeout: 15_000, interval: 2 },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${JSON.stringify(agent.status(), null, 1)}`);
    });
  }
}

function framesOf(topology: Topology, slot: number, ports: readonly Plugged[]): Round['frames'] {
  const frames = topology.frames.flatMap((spec) => {
    const sender = ports[spec.from]?.station;
    return sender === undefined ? [] : [{ slot, spec, sender, raw: buildFrame(spec, ports, new SlotVlans(slot)) }];
  });
  return withUsurpers(frames);
}

/**
 * First what must leave no trace in any switch, forgeries of guests and thieves included; then what an ordinary switch may well learn
 * wrong addresses from; then the first again, among switches that were misled.
 */
function roundsOf(cases: readonly Round['frames'][], network: Network): Round[] {
  const frames = cases.flat();
  const misleading = frames.filter(({ sender, raw }) => {
    const frame = seeFrame(raw);
    return !isGuest(sender.port) && !sender.macs.includes(frame.src) && !isTheft(sender, frame, network);
  });
  const others = frames.filter((frame) => !misleading.includes(frame));
  if (misleading.length === 0) return [{ misled: false, frames }];
  return [
    { misled: false, frames: others },
    { misled: true, frames: misleading },
    { misled: true, frames: others.map((frame) => ({ ...frame, raw: Buffer.from(frame.raw) })) },
  ];
}

/** The frames, and where others than their senders use the addresses that they come from. */
function withUsurpers(frames: readonly Omit<Outcome, 'arrivals' | 'misled' | 'usurpedAt'>[]): Round['frames'] {
  const users = new Map<string, Station[]>();
  for (const { sender, raw } of frames) {
    const { src } = seeFrame(raw);
    users.set(src, [...(users.get(src) ?? []), sender]);
  }
  return frames.map((frame) => {
    const others = (users.get(seeFrame(frame.raw).src) ?? []).filter((one) => one !== frame.sender);
    return { ...frame, usurpedAt: [...new Set(others.map(({ place }) => place))] };
  });
}

import { tagged, untagged } from './actions.ts';
import { current, narrow, written, type FrameSet } from './frame-set.ts';
import { groupBy } from './group-by.ts';
import { ETH_DST, ETH_TYPE, TAGGED, VLAN, type HeaderSpace } from './header-space.ts';
import type { IndexedPort, Ports, Targets } from './ports.ts';
import { GROUP_DESTINATIONS, RESERVED_DESTINATIONS } from './reserved.ts';
import type { ProvedBridge, ProvedSwitch } from './switch.ts';
import type { ValueSet } from './value-set.ts';
import { carries, vlansIn, vlansOut, type Vlans } from './vlans.ts';

/** OpenFlow numbers by which a flow says "no port" or "a controller": NORMAL then takes every VLAN. */
const NOWHERE: ReadonlySet<number> = new Set([0xffffffff, 0xfffffffd]);

export const VLAN_TYPES = [0x8100n, 0x88a8n] as const;

export type Leave = (targets: Targets, frames: FrameSet) => void;

/** Ports that carry the same frames, and where those go that came in by one of them, or by none. */
interface Carrying {
  readonly ports: readonly IndexedPort[];
  readonly from: Map<IndexedPort | undefined, { readonly plain: Targets; readonly patches: readonly Targets[] }>;
}

/** Frames with the same tags inside the bridge. */
interface InVlan {
  readonly vlans: Vlans;
  /** Values of the VLAN field that they have. */
  readonly tags: ValueSet;
}

/**
 * The action NORMAL (ofproto-dpif-xlate.c, `xlate_normal`), whatever is in its MAC table: frames go to every port that could be
 * the learned one, or that they are flooded to. That is more than any one table gives, and never less, as long as ports were
 * learned under the settings they have now, which Open vSwitch sees to by forgetting them at each change.
 */
export class Normal {
  readonly #space: HeaderSpace;
  readonly #ports: Ports;
  readonly #bridges: ReadonlyMap<string, ProvedBridge>;
  readonly #carrying = new Map<string, Carrying>();
  readonly #notReserved: ValueSet;
  readonly #noTagInside: ValueSet;
  readonly #untagged: ValueSet;
  readonly #tagged: ValueSet;

  constructor(model: ProvedSwitch, space: HeaderSpace, ports: Ports) {
    this.#space = space;
    this.#ports = ports;
    this.#bridges = new Map(model.bridges.map((bridge) => [bridge.name, bridge]));
    const destinations = space.domain(ETH_DST);
    this.#notReserved = RESERVED_DESTINATIONS.reduce(
      (left, constraint) => left.without(destinations.meeting(constraint)),
      destinations.everything,
    );
    const types = space.domain(ETH_TYPE);
    this.#noTagInside = VLAN_TYPES.reduce((left, type) => left.without(types.only(type)), types.everything);
    this.#untagged = untagged(space);
    this.#tagged = tagged(space);
  }

  /** Switches `frames` of `bridge`; `leave` is told of ports and of the frames that leave by them, tagged as they do by a patch port. */
  switch(bridge: string, frames: FrameSet, leave: Leave): void {
    const settings = this.#bridges.get(bridge);
    if (settings === undefined) return;
    const from = this.#ports.at(bridge, frames.inPort);
    if (from === undefined && !NOWHERE.has(frames.inPort)) return;
    const admitted = this.#admitted(frames, from, settings);
    for (const set of admitted) {
      this.#inVlans(settings, set, from, leave);
      if (settings.multicastSnooping) this.#multicast(settings, set, from, leave);
    }
  }

  /** What NORMAL does not drop outright: half a tag, and what is reserved for other protocols. */
  #admitted(frames: FrameSet, from: IndexedPort | undefined, settings: ProvedBridge): readonly FrameSet[] {
    const forward = settings.forwardBpdu || from === undefined;
    const set = forward ? frames : narrow(frames, ETH_DST, this.#notReserved);
    if (set === undefined) return [];
    const plain = narrow(set, VLAN, this.#untagged);
    const whole = plain === undefined ? undefined : narrow(plain, ETH_TYPE, this.#noTagInside);
    const having = narrow(set, VLAN, this.#tagged);
    return [whole, having].filter((one) => one !== undefined);
  }

  #inVlans(settings: ProvedBridge, frames: FrameSet, from: IndexedPort | undefined, leave: Leave): void {
    const found: InVlan[] = [];
    const inner = this.#innerVids(frames);
    for (const { witness, set } of this.#space.domain(VLAN).alike(current(frames, VLAN))) {
      for (const vid of inner) {
        const tags = { outer: Number(witness & ~TAGGED), inner: vid };
        const vlans = from === undefined ? tags : vlansIn(from.port, tags);
        if (vlans !== undefined) found.push({ vlans, tags: set });
      }
    }
    const byPorts = groupBy(found, ({ vlans }) => this.#carryingPorts(settings.name, vlans));
    for (const [carrying, together] of byPorts) {
      const [first, ...others] = together;
      if (first === undefined) continue;
      const set = narrow(
        frames,
        VLAN,
        others.reduce((all, { tags }) => all.or(tags), first.tags),
      );
      if (set === undefined) continue;
      const { plain, patches } = this.#reached(carrying, from);
      leave(plain, set);
      for (const patch of patches) {
        const [one] = patch.ports;
        for (const { vlans, tags } of together) {
          const part = narrow(set, VLAN, tags);
          if (part !== undefined && one !== undefined) leave(patch, this.#withTags(part, vlansOut(one.port, vlans)));
        }
      }
    }
  }

  #reached({ ports, from: known }: Carrying, from: IndexedPort | undefined): ReturnType<typeof reachedFrom> {
    const before = known.get(from);
    if (before !== undefined) return before;
    const reached = reachedFrom(ports, from, this.#ports);
    // Senders come one after the other: what was worked out for the last is of no use to the next.
    if (from !== undefined) for (const other of known.keys()) if (other !== undefined) known.delete(other);
    known.set(from, reached);
    return reached;
  }

  /** Multicast snooping sends group addresses to some ports without a look at their VLANs (`xlate_normal_mcast_send_fports`). */
  #multicast(settings: ProvedBridge, frames: FrameSet, from: IndexedPort | undefined, leave: Leave): void {
    const groups = narrow(frames, ETH_DST, this.#space.domain(ETH_DST).meeting(GROUP_DESTINATIONS));
    if (groups === undefined) return;
    const ports = this.#ports
      .of(settings.name)
      .filter((one) => one.port.multicastFlood && one !== from && !areProtected(from, one));
    leave(this.#ports.targets(ports), groups);
  }

  #carryingPorts(bridge: string, vlans: Vlans): Carrying {
    const key = `${bridge}\n${vlans.outer}/${vlans.inner}`;
    let carrying = this.#carrying.get(key);
    if (carrying === undefined) {
      const all = this.#ports.of(bridge).filter(({ port }) => carries(port, vlans));
      // Equal lists are one object, so that frames of VLANs that go the same way stay together.
      const identity = `${bridge}\nports ${all.map(({ index }) => index).join()}`;
      carrying = this.#carrying.get(identity) ?? { ports: all, from: new Map() };
      this.#carrying.set(identity, carrying);
      this.#carrying.set(key, carrying);
    }
    return carrying;
  }

  #innerVids({ innerTag }: FrameSet): readonly number[] {
    if (innerTag === undefined) return [0];
    return this.#space
      .domain(VLAN)
      .alike(innerTag)
      .map(({ witness }) => Number(witness & ~TAGGED));
  }

  #withTags(frames: FrameSet, { outer, inner }: Vlans): FrameSet {
    const only = (vid: number): ValueSet => this.#space.domain(VLAN).only(vid === 0 ? 0n : TAGGED | BigInt(vid));
    return { ...written(frames, VLAN, only(outer)), innerTag: inner === 0 ? undefined : only(inner) };
  }
}

function reachedFrom(
  ports: readonly IndexedPort[],
  from: IndexedPort | undefined,
  all: Ports,
): { readonly plain: Targets; readonly patches: readonly Targets[] } {
  const reached = ports.filter((one) => one !== from && !areProtected(from, one));
  return {
    plain: all.targets(reached.filter(({ port }) => port.peer === undefined)),
    patches: reached.filter(({ port }) => port.peer !== undefined).map((one) => all.targets([one])),
  };
}

function areProtected(from: IndexedPort | undefined, to: IndexedPort): boolean {
  return from?.port.vlan.protected === true && to.port.vlan.protected;
}

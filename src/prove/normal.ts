import { untagged } from './actions.ts';
import { addAll, bitsOf, hasBit, noBits, setBit, without, type Bits } from './bits.ts';
import { current, narrow, written, type FrameSet } from './frame-set.ts';
import { groupBy } from './group-by.ts';
import { ETH_DST, ETH_TYPE, exactly, TAGGED, VLAN, type HeaderSpace } from './header-space.ts';
import type { IndexedPort, Ports } from './ports.ts';
import { GROUP_DESTINATIONS, RESERVED_DESTINATIONS } from './reserved.ts';
import type { ProvedBridge, ProvedSwitch } from './switch.ts';
import { carries, vlansIn, vlansOut, type Vlans } from './vlans.ts';

/** OpenFlow numbers by which a flow says "no port" or "a controller": NORMAL then takes every VLAN. */
const NOWHERE: ReadonlySet<number> = new Set([0xffffffff, 0xfffffffd]);

export const VLAN_TYPES = [0x8100n, 0x88a8n] as const;

export type Leave = (ports: readonly IndexedPort[], frames: FrameSet) => void;

/** Frames with the same tags inside the bridge. */
interface InVlan {
  readonly vlans: Vlans;
  readonly atom: number;
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
  readonly #carrying = new Map<string, readonly IndexedPort[]>();
  readonly #notReserved: Bits;
  readonly #noTagInside: Bits;
  readonly #untagged: Bits;

  constructor(model: ProvedSwitch, space: HeaderSpace, ports: Ports) {
    this.#space = space;
    this.#ports = ports;
    this.#bridges = new Map(model.bridges.map((bridge) => [bridge.name, bridge]));
    const destinations = space.partition(ETH_DST);
    const reserved = noBits(destinations.size);
    for (const constraint of RESERVED_DESTINATIONS) addAll(reserved, destinations.meeting(constraint));
    this.#notReserved = without(space.everything[ETH_DST] ?? reserved, reserved);
    const types = space.partition(ETH_TYPE);
    const tags = noBits(types.size);
    for (const type of VLAN_TYPES) addAll(tags, types.meeting(exactly(ETH_TYPE, type)));
    this.#noTagInside = without(space.everything[ETH_TYPE] ?? tags, tags);
    this.#untagged = untagged(space);
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
    const tagged = narrow(set, VLAN, without(this.#space.everything[VLAN] ?? this.#untagged, this.#untagged));
    return [whole, tagged].filter((one) => one !== undefined);
  }

  #inVlans(settings: ProvedBridge, frames: FrameSet, from: IndexedPort | undefined, leave: Leave): void {
    const found: InVlan[] = [];
    const inner = this.#innerVids(frames);
    const partition = this.#space.partition(VLAN);
    for (const [atom, { witness }] of partition.atoms.entries()) {
      if (!hasBit(current(frames, VLAN), atom)) continue;
      for (const vid of inner) {
        const tags = { outer: Number(witness & ~TAGGED), inner: vid };
        const vlans = from === undefined ? tags : vlansIn(from.port, tags);
        if (vlans !== undefined) found.push({ vlans, atom });
      }
    }
    const byPorts = groupBy(found, ({ vlans }) => this.#carryingPorts(settings.name, vlans));
    for (const [ports, together] of byPorts) {
      const reached = ports.filter((one) => one !== from && !areProtected(from, one));
      const set = narrow(
        frames,
        VLAN,
        bitsOf(
          partition.size,
          together.map(({ atom }) => atom),
        ),
      );
      if (set === undefined) continue;
      leave(
        reached.filter(({ port }) => port.peer === undefined),
        set,
      );
      for (const one of reached) {
        if (one.port.peer === undefined) continue;
        for (const { vlans, atom } of together) {
          const part = narrow(set, VLAN, bitsOf(partition.size, [atom]));
          if (part !== undefined) leave([one], this.#tagged(part, vlansOut(one.port, vlans)));
        }
      }
    }
  }

  /** Multicast snooping sends group addresses to some ports without a look at their VLANs (`xlate_normal_mcast_send_fports`). */
  #multicast(settings: ProvedBridge, frames: FrameSet, from: IndexedPort | undefined, leave: Leave): void {
    const groups = narrow(frames, ETH_DST, this.#space.partition(ETH_DST).meeting(GROUP_DESTINATIONS));
    if (groups === undefined) return;
    const ports = this.#ports
      .of(settings.name)
      .filter((one) => one.port.multicastFlood && one !== from && !areProtected(from, one));
    leave(ports, groups);
  }

  #carryingPorts(bridge: string, vlans: Vlans): readonly IndexedPort[] {
    const key = `${bridge}\n${vlans.outer}/${vlans.inner}`;
    let ports = this.#carrying.get(key);
    if (ports === undefined) {
      const all = this.#ports.of(bridge).filter(({ port }) => carries(port, vlans));
      // Equal lists are one object, so that frames of VLANs that go the same way stay together.
      const identity = `${bridge}\nports ${all.map(({ index }) => index).join()}`;
      ports = this.#carrying.get(identity) ?? all;
      this.#carrying.set(identity, ports);
      this.#carrying.set(key, ports);
    }
    return ports;
  }

  #innerVids({ innerTag }: FrameSet): readonly number[] {
    if (innerTag === undefined) return [0];
    return this.#space
      .partition(VLAN)
      .atoms.flatMap(({ witness }, atom) => (hasBit(innerTag, atom) ? [Number(witness & ~TAGGED)] : []));
  }

  #tagged(frames: FrameSet, { outer, inner }: Vlans): FrameSet {
    const bits = (vid: number): Bits => {
      const partition = this.#space.partition(VLAN);
      const atoms = noBits(partition.size);
      setBit(atoms, partition.atomOf(vid === 0 ? 0n : TAGGED | BigInt(vid)));
      return atoms;
    };
    return { ...written(frames, VLAN, bits(outer)), innerTag: inner === 0 ? undefined : bits(inner) };
  }
}

function areProtected(from: IndexedPort | undefined, to: IndexedPort): boolean {
  return from?.port.vlan.protected === true && to.port.vlan.protected;
}

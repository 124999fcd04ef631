import { macBytes } from '../lab/ethernet.ts';
import { ipv6Bytes, linkLocal } from '../lab/ip.ts';
import { ipv6Text } from './seen-frame.ts';
import { FEATURES } from './features.ts';
import { COMMUNITIES } from './topology.ts';
import type { Network } from './may-deliver.ts';
import type { PlugOptions } from '../lab/port.ts';
import type { Port, Pvlan, Station } from './station.ts';
import type { BondMode, PortSpec, TagSpec, Topology } from './topology.ts';

/** How many test cases fit side by side into the VLANs and addresses there are. */
export const SLOTS = 32;
const FIRST_VLAN = 100;
const VLANS_PER_SLOT = 16;

/** A port of a test case with everything that was left open decided. */
export interface Plugged {
  readonly station: Station;
  readonly plug: Omit<PlugOptions, 'bridge'>;
}

/** The VLANs of the test case in a slot, apart from those of all other slots. */
export class SlotVlans {
  readonly #base: number;

  constructor(slot: number) {
    this.#base = FIRST_VLAN + slot * VLANS_PER_SLOT;
  }

  get ordinary(): number {
    return this.#base;
  }

  primary(pvlan: number): number {
    return this.#base + 2 + pvlan * 4;
  }

  isolated(pvlan: number): number {
    return this.primary(pvlan) + 1;
  }

  community(pvlan: number, name: string): number {
    return this.primary(pvlan) + 2 + (name === COMMUNITIES[0] ? 0 : 1);
  }

  /** The VLAN id of a tag as a sender of `pvlan` means it. */
  of({ vlan }: TagSpec, pvlan: number): number {
    switch (vlan) {
      case 'zero':
        return 0;
      case 'reserved':
        return 4095;
      case 'primary':
        return this.primary(pvlan);
      case 'other-primary':
        return this.primary(1 - pvlan);
      case 'isolated':
        return this.isolated(pvlan);
      case 'community':
        return this.community(pvlan, COMMUNITIES[0]);
      case 'ordinary':
        return this.ordinary;
      case 'unused':
        return this.#base + 1;
    }
  }
}

/** Everything about a test case that can be known before it is played. */
export function plan(topology: Topology, slot: number): { readonly pvlans: Pvlan[]; readonly ports: Plugged[] } {
  const vlans = new SlotVlans(slot);
  const pvlans = topology.modes.map((mode, index) => ({
    primary: vlans.primary(index),
    secondaries:
      mode === 'single' ? [] : [vlans.isolated(index), ...COMMUNITIES.map((name) => vlans.community(index, name))],
  }));
  const numbers = topology.ports.map((spec, index) => (isGuestSpec(spec) ? (spec.macOf ?? index) : index));
  const namesakes = (index: number): number[] => [...numbers.keys()].filter((at) => numbers[at] === numbers[index]);
  const stations = topology.ports.map((spec, index): Station => {
    const mac = macOf(slot, 1 + (numbers[index] ?? index));
    const hasExtra = isGuestSpec(spec) && spec.extraMac === true && namesakes(index).length === 1;
    const macs = hasExtra ? [mac, macOf(slot, 0x81 + index)] : [mac];
    // The operator knows a guest by its address, so what is said of one is said of all that have it.
    const isKnown = isGuestSpec(spec) && namesakes(index).some((at) => knowsAddresses(topology.ports[at]));
    const addresses = isKnown ? macs.flatMap(addressesOf) : [];
    const port = portOf(spec, pvlans, vlans);
    const isUnnamed = spec.kind === 'promiscuous' && spec.by === 'access' && spec.place !== 'upstream';
    const isHeld = spec.kind === 'tunnel' || (spec.kind === 'trunk' && spec.nested !== true);
    return {
      name: `s${slot}p${index}`,
      place: spec.place,
      macs,
      addresses,
      port,
      isHeld,
      isUnnamed,
      standing: 'sound',
    };
  });
  const ports = topology.ports.map((spec, index) => {
    const bare = stations[index];
    if (bare === undefined) throw new RangeError(`the test case has no port ${index}`);
    const others = namesakes(index).flatMap((at) => (at === index ? [] : (stations[at] ?? [])));
    const station = { ...bare, standing: standingAmong(bare, others) };
    return { station, plug: { name: station.name, mac: station.macs[0] ?? '', ...plugOf(spec, station.port) } };
  });
  return { pvlans, ports };
}

/** The network of several test cases together. */
export function networkOf(pvlans: readonly Pvlan[], nativeVlan?: number, bond?: BondMode): Network {
  const untaggedVlans = nativeVlan === undefined ? [0] : [0, nativeVlan];
  const { sourceGuards, priorityTags } = FEATURES;
  return { pvlans, untaggedVlans, sourceGuards, priorityTags, reflects: bond === 'balance-slb' };
}

/** The IPv4 address that goes with a MAC: 10.x.y.z from its end. */
export function ipv4Of(mac: string): string {
  return [10, ...macBytes(mac).subarray(3)].join('.');
}

/** Every IP address that a station with that MAC uses, spelled as `SeenFrame` does. */
function addressesOf(mac: string): string[] {
  return [ipv4Of(mac), ipv6Text(ipv6Bytes(linkLocal(mac)))];
}

function macOf(slot: number, number: number): string {
  return [0x02, 0, 0, 1, slot, number].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

type GuestSpec = Extract<PortSpec, { readonly kind: 'isolated' | 'community' }>;

function isGuestSpec(spec: PortSpec): spec is GuestSpec {
  return spec.kind === 'isolated' || spec.kind === 'community';
}

function knowsAddresses(spec: PortSpec | undefined): boolean {
  return spec !== undefined && isGuestSpec(spec) && spec.knownAddresses === true;
}

/** What becomes of a station whose first address `others` have as well. */
function standingAmong({ port }: Station, others: readonly Station[]): Station['standing'] {
  const meets = (one: Port, other: Port): boolean =>
    'pvlan' in one &&
    ('pvlan' in other ? one.pvlan.primary === other.pvlan.primary : carries(other, one.pvlan.primary));
  const rivals = others.filter((other) => meets(port, other.port) || meets(other.port, port));
  const isGuest = port.kind === 'isolated' || port.kind === 'community';
  if (isGuest && rivals.some((rival) => rival.port.kind === 'promiscuous')) return 'impostor';
  // Whoever has a promiscuous station's address is no rival of it, but shut off.
  return port.kind === 'promiscuous' || rivals.length === 0 ? 'sound' : 'contested';
}

function carries(port: Port, primary: number): boolean {
  return port.kind === 'tunnel' ? port.vlan === primary : port.kind === 'trunk' && port.trunks.length === 0;
}

function portOf(spec: PortSpec, pvlans: readonly Pvlan[], vlans: SlotVlans): Port {
  if (spec.kind === 'access') return { kind: 'access', vlan: vlans.ordinary };
  if (spec.kind === 'tunnel') return { kind: 'tunnel', vlan: vlans.of({ vlan: spec.vlan }, 0) };
  if (spec.kind === 'trunk') return { kind: 'trunk', trunks: spec.vlans === 'all' ? [] : [0, vlans.ordinary] };
  const pvlan = pvlans[spec.pvlan];
  if (pvlan === undefined) throw new RangeError(`the test case has no Private VLAN ${spec.pvlan}`);
  switch (spec.kind) {
    case 'isolated':
      return { kind: 'isolated', pvlan };
    case 'community':
      return { kind: 'community', pvlan, community: spec.community };
    case 'promiscuous':
      return {
        kind: 'promiscuous',
        pvlan,
        tagged: spec.by === 'trunk' || spec.by === 'native-tagged',
        accepts: spec.by === 'tunnel' ? 'all' : spec.by.startsWith('native') ? 'either' : undefined,
      };
  }
}

function plugOf(spec: PortSpec, port: Port): Partial<PlugOptions> {
  switch (port.kind) {
    case 'isolated':
      return {
        portProfile: `isolated-${port.pvlan.primary}`,
        bornParked: spec.kind === 'isolated' && spec.bornParked === true,
      };
    case 'community':
      return {
        portProfile: `community-${port.pvlan.primary}-${port.community}`,
        bornParked: spec.kind === 'community' && spec.bornParked === true,
      };
    case 'promiscuous':
      if (port.accepts !== undefined && spec.kind === 'promiscuous') return richPort(port.pvlan.primary, spec.by);
      if (port.tagged && spec.place === 'upstream') return { trunks: [port.pvlan.primary] };
      if (port.tagged) return { portProfile: `promisc-${port.pvlan.primary}`, trunks: [port.pvlan.primary] };
      if (spec.kind === 'promiscuous' && spec.by === 'portgroup') {
        return { portProfile: `promisc-${port.pvlan.primary}`, tag: port.pvlan.primary };
      }
      return {
        tag: port.pvlan.primary,
        ...(spec.kind === 'promiscuous' && spec.by === 'access' ? { ifaceId: false } : {}),
      };
    case 'access':
      return { tag: port.vlan, ...(spec.kind === 'access' && !spec.guest ? { ifaceId: false } : {}) };
    case 'tunnel':
      return { tag: port.vlan, portColumns: TUNNEL };
    case 'trunk':
      return { trunks: port.trunks };
  }
}

const TUNNEL = { vlan_mode: 'dot1q-tunnel' };

/** A promiscuous port that is neither a plain access port nor a plain trunk. */
function richPort(primary: number, by: string): Partial<PlugOptions> {
  const port = { portProfile: `promisc-${primary}`, tag: primary };
  return by === 'tunnel'
    ? { ...port, portColumns: TUNNEL }
    : { ...port, trunks: [primary], portColumns: { vlan_mode: by } };
}

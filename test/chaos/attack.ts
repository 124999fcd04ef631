import * as frames from '../lab/frames.ts';
import { ROUTER_MAC } from '../support/duo.ts';
import type { Guest } from './guest.ts';
import { PRIMARY, SECONDARIES, type Mode } from './mode.ts';
import type { Random } from './random.ts';

/** What a frame claims: an `honest` one may reach whom the sender may reach, any other nobody. */
export interface Attack {
  readonly kind: string;
  readonly honest: boolean;
  readonly frame: Buffer;
}

/** How the names of frames end that are tagged with the VLAN of parked ports. */
export const PARKING = 'tagged with the parking VLAN';

/** What the names of frames have in them that claim to be the router's. */
export const ROUTERS = 'from the router';

const NOBODY = '02:00:00:00:66:66';

type Build = (from: Guest, to: Guest) => Buffer;

interface Kind {
  readonly kind: string;
  readonly honest: boolean;
  readonly build: Build;
}

const toOne: Build = (from, to) => frames.experimental(to.endpoint.mac, from.endpoint.mac);
const toAll: Build = (from) => frames.experimental(frames.BROADCAST, from.endpoint.mac);
const arp: Build = (from) => frames.arpRequest({ src: from.endpoint.mac, senderIp: '10.0.0.1', targetIp: '10.0.0.2' });
const multicast: Build = (from) => frames.experimental('33:33:00:00:00:01', from.endpoint.mac);

const HONEST: Readonly<Record<string, Build>> = {
  unicast: toOne,
  broadcast: toAll,
  ARP: arp,
  multicast,
  'priority-tagged unicast': (from, to) => frames.tag(toOne(from, to), 0, 5),
  'priority-tagged broadcast': (from, to) => frames.tag(toAll(from, to), 0, 5),
};

const FORGED: Readonly<Record<string, Build>> = {
  'unicast tagged with the primary VLAN': (from, to) => frames.tag(toOne(from, to), PRIMARY),
  'broadcast tagged with the primary VLAN': (from, to) => frames.tag(toAll(from, to), PRIMARY),
  [`unicast ${PARKING}`]: (from, to) => frames.tag(toOne(from, to), 4095),
  [`broadcast ${PARKING}`]: (from, to) => frames.tag(toAll(from, to), 4095),
  'unicast tagged with another VLAN': (from, to) => frames.tag(toOne(from, to), 1),
  'unicast tagged with the isolated VLAN': (from, to) => frames.tag(toOne(from, to), SECONDARIES.isolated),
  "broadcast tagged with a community's VLAN": (from, to) => frames.tag(toAll(from, to), SECONDARIES.red),
  'double-tagged unicast': (from, to) => frames.tag(frames.tag(toOne(from, to), PRIMARY), 0),
  [`unicast ${ROUTERS}`]: (_, to) => frames.experimental(to.endpoint.mac, ROUTER_MAC),
  [`broadcast ${ROUTERS}`]: () => frames.experimental(frames.BROADCAST, ROUTER_MAC),
  [`tagged unicast ${ROUTERS}`]: (_, to) => frames.tag(frames.experimental(to.endpoint.mac, ROUTER_MAC), PRIMARY),
  'unicast from the victim itself': (_, to) => frames.experimental(to.endpoint.mac, to.endpoint.mac),
  'broadcast from nobody': () => frames.experimental(frames.BROADCAST, NOBODY),
};

/** What a trunk outside the Private VLAN says in its VLANs under its own name: in single mode promiscuous ports may hear it. */
const STRANGE: Readonly<Record<string, Build>> = {
  'unicast in the primary VLAN': (from, to) => frames.tag(toOne(from, to), PRIMARY),
  'broadcast in the primary VLAN': (from, to) => frames.tag(toAll(from, to), PRIMARY),
  'unicast in the primary VLAN behind a priority tag': (from, to) =>
    frames.tag(frames.tag(toOne(from, to), PRIMARY), 0),
  'broadcast in the primary VLAN with another tag behind': (from, to) =>
    frames.tag(frames.tag(toAll(from, to), SECONDARIES.red), PRIMARY),
};

/** What it must not say, but to others like itself. */
const STRANGE_LIES: Readonly<Record<string, Build>> = {
  [`unicast ${PARKING}`]: (from, to) => frames.tag(toOne(from, to), 4095),
  [`broadcast ${PARKING}`]: (from, to) => frames.tag(toAll(from, to), 4095),
  'unicast without a tag': toOne,
  'broadcast without a tag': toAll,
  'unicast in the isolated VLAN': (from, to) => frames.tag(toOne(from, to), SECONDARIES.isolated),
  "unicast in a community's VLAN": (from, to) => frames.tag(toOne(from, to), SECONDARIES.red),
  "broadcast in a community's VLAN": (from, to) => frames.tag(toAll(from, to), SECONDARIES.blue),
  "broadcast in a community's VLAN behind a priority tag": (from, to) =>
    frames.tag(frames.tag(toAll(from, to), SECONDARIES.red), 0),
  'unicast in the primary VLAN behind another': (from, to) => frames.tag(frames.tag(toOne(from, to), PRIMARY), 100),
  [`unicast in the primary VLAN ${ROUTERS}`]: (_, to) =>
    frames.tag(frames.experimental(to.endpoint.mac, ROUTER_MAC), PRIMARY),
  [`broadcast in the primary VLAN ${ROUTERS}`]: () =>
    frames.tag(frames.experimental(frames.BROADCAST, ROUTER_MAC), PRIMARY),
  [`unicast in the primary VLAN ${ROUTERS} behind a priority tag`]: (_, to) =>
    frames.tag(frames.tag(frames.experimental(to.endpoint.mac, ROUTER_MAC), PRIMARY), 0),
};

const kinds = (builds: Readonly<Record<string, Build>>, honest: boolean): readonly Kind[] =>
  Object.entries(builds).map(([kind, build]) => ({ kind, honest, build }));

const HONEST_ONES = kinds(HONEST, true);
const ALL = [...HONEST_ONES, ...kinds(FORGED, false)];
/** In secondary mode the VLAN says who speaks, so no stranger may use any of them. */
const STRANGERS_ONES: Readonly<Record<Mode, readonly Kind[]>> = {
  single: [...kinds(STRANGE, true), ...kinds(STRANGE_LIES, false)],
  secondary: kinds({ ...STRANGE, ...STRANGE_LIES }, false),
};

/** The names of all attacks in a wire mode. */
export function attackKinds(mode: Mode): readonly string[] {
  return [...new Set([...ALL, ...STRANGERS_ONES[mode]].map(({ kind }) => kind))];
}

export interface AttackOptions {
  readonly mode: Mode;
  /** Whether the sender is to keep to what it may do. */
  readonly honestOnly: boolean;
}

/** A frame that `from` sends against `to`, and against whoever else gets it. */
export function attack(random: Random, from: Guest, to: Guest, { mode, honestOnly }: AttackOptions): Attack {
  const choices = from.role === 'stranger' ? STRANGERS_ONES[mode] : honestOnly ? HONEST_ONES : ALL;
  const chosen = random.pick(choices);
  if (chosen === undefined) throw new Error('there are no attacks');
  return { kind: chosen.kind, honest: chosen.honest, frame: chosen.build(from, to) };
}

import * as frames from '../lab/frames.ts';
import { ROUTER_MAC } from '../support/duo.ts';
import type { Guest } from './guest.ts';
import type { Random } from './random.ts';

/** What a frame claims: `honest` ones may reach whom the sender may talk to, `forged` ones nobody. */
export interface Attack {
  readonly kind: string;
  readonly honest: boolean;
  readonly frame: Buffer;
}

/** How the names of frames end that are tagged with the VLAN of parked ports. */
export const PARKING = 'tagged with the parking VLAN';

const PRIMARY = 2102;
const NOBODY = '02:00:00:00:66:66';

type Build = (from: Guest, to: Guest) => Buffer;

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
  'double-tagged unicast': (from, to) => frames.tag(frames.tag(toOne(from, to), PRIMARY), 0),
  'unicast from the router': (_, to) => frames.experimental(to.endpoint.mac, ROUTER_MAC),
  'broadcast from the router': () => frames.experimental(frames.BROADCAST, ROUTER_MAC),
  'tagged unicast from the router': (_, to) => frames.tag(frames.experimental(to.endpoint.mac, ROUTER_MAC), PRIMARY),
  'unicast from the victim itself': (_, to) => frames.experimental(to.endpoint.mac, to.endpoint.mac),
  'broadcast from nobody': () => frames.experimental(frames.BROADCAST, NOBODY),
};

const HONEST_ONES = Object.entries(HONEST).map(([kind, build]) => ({ kind, honest: true, build }));
const ALL = [...HONEST_ONES, ...Object.entries(FORGED).map(([kind, build]) => ({ kind, honest: false, build }))];

/** A frame that `from` sends against `to`, and against whoever else gets it. */
export function attack(random: Random, from: Guest, to: Guest, which: 'any' | 'honest'): Attack {
  const chosen = random.pick(which === 'any' ? ALL : HONEST_ONES);
  if (chosen === undefined) throw new Error('there are no attacks');
  return { kind: chosen.kind, honest: chosen.honest, frame: chosen.build(from, to) };
}

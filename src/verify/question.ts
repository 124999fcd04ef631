import { isConfined } from '../pvlan/role.ts';
import { PARKING_VLAN } from '../pvlan/vlan-id.ts';
import { BROADCAST, MULTICAST, SOLICITED_NODE, speaker, type Frame, type Payload, type Speaker } from './frame.ts';
import type { Group, Station } from './station.ts';

/**
 * What may become of a frame. `roles`: it reaches those it is for and the sender may talk to, and no other. `at most`: as
 * `roles`, but it need not arrive. `no guest`: as `at most`, and no guest gets it. `nothing`: it is dropped.
 */
export type Rule = 'roles' | 'at most' | 'no guest' | 'nothing';

/** Frames of one sender that differ in their destination alone, and what may become of them. */
export interface Question {
  readonly name: string;
  readonly from: Station;
  readonly ofport: number;
  readonly speaker: Speaker;
  readonly rule: Rule;
  /** Without its destination. */
  readonly frame: Omit<Frame, 'dst'>;
  readonly targets: readonly Target[];
}

/** A destination, and the ports that have to get the frame if the sender may talk to them. */
export interface Target {
  readonly dst: string;
  readonly to: readonly Station[];
}

/** Source address of senders that say nothing of themselves. */
export const ANYONE = '02:70:76:00:00:01';

/** Addresses that are for switches alone: one of each group that Open vSwitch knows (lib/packets.c), and of MVRP. */
const RESERVED = [
  ...['01:80:c2:00:00:00', '01:80:c2:00:00:0e', '01:80:c2:00:00:21', '01:00:0c:00:00:00', '01:00:0c:cc:cc:c0'],
  ...['01:00:0c:cc:cc:cc', '01:00:0c:cc:cc:cd', '01:00:0c:cd:cd:cd', '00:e0:2b:00:00:00', '00:e0:2b:00:00:06'],
];

/** Everything that is asked about the frames of `from`, a member of `group`. */
export function questionsFor(from: Station, group: Group): readonly Question[] {
  const { ofport } = from;
  if (ofport === undefined) return [];
  const mac = stationAddress(from.mac) ?? ANYONE;
  const others = group.stations.filter((station) => station !== from && station.ofport !== undefined);
  const addressed = addressesOf(others);
  const everyone = [...addressed, { dst: BROADCAST, to: others }];
  const ask = (name: string, rule: Rule, targets: readonly Target[], more: Partial<Frame> = {}): Question => ({
    name,
    from,
    ofport,
    speaker: speaker(mac, from.addresses),
    rule: from.role === undefined ? 'nothing' : rule,
    frame: { inPort: ofport, src: mac, vid: nativeVid(from), payload: 'udp', ...more },
    targets,
  });
  const toAll = (dst: string): readonly Target[] => [{ dst, to: others }];
  // A guest that is known to have IPv4 addresses alone may say nothing by IPv6.
  const mute = from.addresses !== undefined && from.addresses.every(({ family }) => family === 4);

  const honest = [
    ask('unicast', 'roles', addressed),
    ask('broadcast', 'roles', toAll(BROADCAST)),
    ask('multicast', 'roles', toAll(MULTICAST)),
    ask('ARP', 'roles', toAll(BROADCAST), { payload: 'arp' }),
    ask('IPv6 ND', mute ? 'at most' : 'roles', toAll(SOLICITED_NODE), { payload: 'nd' }),
  ];
  const parking = ask(`tagged ${PARKING_VLAN}`, 'nothing', everyone, { vid: PARKING_VLAN });
  const tagged = (rule: Rule): readonly Question[] =>
    group.tags.map((vid) => ask(`tagged ${vid}`, rule, everyone, { vid }));
  const reserved = (rule: Rule): Question =>
    ask(
      'for switches',
      rule,
      RESERVED.map((dst) => ({ dst, to: [] })),
    );
  if (from.role !== undefined && !isConfined(from.role))
    return [...honest, reserved('no guest'), ...tagged('at most'), parking];
  const odd = (name: string, payload: Payload): Question => ask(name, 'nothing', everyone, { payload });
  const deceptive = [
    ...[odd('unread IPv4', 'ip'), odd('unread IPv6', 'ipv6'), odd('ND in a fragment', 'piece')],
    ...[odd('tag of an old type', 'old tag')],
    ...(from.addresses !== undefined && group.onlyAddressed ? [odd('PPPoE', 'pppoe')] : []),
  ];
  const spoofed = [
    ...victims(from, others).map((src) => ask('spoofed guest', 'nothing', everyone, { src })),
    ...group.promiscuousMacs.map((src) => ask('spoofed promiscuous', 'nothing', everyone, { src })),
  ];
  return [...honest, reserved('nothing'), ...deceptive, ...spoofed, ...tagged('nothing'), parking];
}

/**
 * Each address of `stations` once; one that several share is for none of them in particular. A quarantined port's address may
 * be the very one it took from another port, whose it then is.
 */
function addressesOf(stations: readonly Station[]): readonly Target[] {
  const owners = new Map<string, Station[]>();
  const closed: Station[] = [];
  const add = (station: Station, mac: string | undefined): void => {
    const dst = stationAddress(mac);
    if (dst !== undefined) owners.set(dst, [...(owners.get(dst) ?? []), station]);
  };
  for (const station of stations) {
    if (station.role === undefined) closed.push(station);
    else for (const mac of [station.mac, ...station.extraMacs]) add(station, mac);
  }
  for (const station of closed) if (!owners.has(stationAddress(station.mac) ?? '')) add(station, station.mac);
  return Array.from(owners, ([dst, to]) => ({ dst, to: to.length === 1 ? to : [] }));
}

/** One other guest's address, a different one for each sender. */
function victims(from: Station, others: readonly Station[]): readonly string[] {
  const own = new Set([from.mac, ...from.extraMacs]);
  const macs = others.flatMap(({ role, mac }) =>
    role !== undefined && isConfined(role) && mac !== undefined && !own.has(mac) ? [mac] : [],
  );
  return macs.slice((from.ofport ?? 0) % Math.max(macs.length, 1)).slice(0, 1);
}

/** A promiscuous trunk speaks tagged; everyone else untagged. */
function nativeVid(from: Station): number | undefined {
  return from.untagged ? undefined : from.role?.primary;
}

/** Addresses of quarantined ports come as the guest's owner wrote them. */
export function stationAddress(mac: string | undefined): string | undefined {
  const normal = mac?.trim().toLowerCase();
  return normal !== undefined && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(normal) ? normal : undefined;
}

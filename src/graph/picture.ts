import { naturalOrder } from '../base/natural-order.ts';
import type { DesiredBridge, JudgedPort } from '../desire/desired-bridge.ts';
import { groupOf } from '../pvlan/role.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';

/** A port as it is drawn. */
export interface Station {
  readonly port: string;
  /** Name of its guest's domain, where it is known. */
  readonly guest: string | undefined;
  readonly mac: string | undefined;
}

/** Ports that all talk to each other, or, where there is no name, none to another. */
export interface StationClass {
  /** The community; undefined for isolated ports. */
  readonly community: string | undefined;
  readonly stations: readonly Station[];
}

/** One Private VLAN on one bridge. Routers talk to every class and to each other; classes never to one another. */
export interface PictureOfPvlan {
  readonly primary: VlanId;
  readonly wire: 'single' | 'secondary';
  readonly routers: readonly Station[];
  /** Addresses of routers elsewhere that are believed. */
  readonly listed: readonly string[];
  readonly classes: readonly StationClass[];
}

export interface ClosedStation extends Station {
  /** Why it is closed, as a code and in words. */
  readonly code: string;
  readonly why: string;
}

/** Everything that a bridge's Private VLANs are concerned with; nobody is left out. */
export interface Picture {
  readonly bridge: string;
  readonly uplinks: readonly string[];
  readonly pvlans: readonly PictureOfPvlan[];
  readonly quarantined: readonly ClosedStation[];
  /** Guests outside every Private VLAN. */
  readonly outside: readonly Station[];
}

/** Draws nothing yet: says who is to be drawn where. Pure; in the order of names, so that the same ports give the same picture. */
export function pictureOf({ bridge, ports, primaries }: DesiredBridge): Picture {
  const sorted = [...ports].sort((a, b) => naturalOrder(labelOf(stationOf(a)), labelOf(stationOf(b))));
  return {
    bridge,
    uplinks: sorted.flatMap(({ port, verdict }) => (verdict.kind === 'wire' ? [port.name] : [])),
    pvlans: primaries.map(({ primary, wire, promiscuousMacs, localMacs }) => ({
      primary,
      wire: wire.kind,
      routers: sorted.filter((one) => isRouterIn(one, primary)).map(stationOf),
      listed: promiscuousMacs.filter((mac) => !localMacs.includes(mac)),
      classes: classesOf(sorted, primary),
    })),
    quarantined: sorted.flatMap((judged) =>
      judged.verdict.kind === 'quarantined'
        ? [
            {
              ...stationOf(judged),
              code: judged.verdict.quarantine.code,
              why: judged.verdict.quarantine.message,
            },
          ]
        : [],
    ),
    outside: sorted.filter(({ verdict }) => verdict.kind === 'stranger').map(stationOf),
  };
}

/** How many ports of guests and routers a picture shows: all there are. */
export function countStations({ pvlans, quarantined, outside }: Picture): number {
  const routers = new Set(pvlans.flatMap((pvlan) => pvlan.routers.map(({ port }) => port)));
  const guests = pvlans.flatMap(({ classes }) => classes.flatMap(({ stations }) => stations));
  return routers.size + guests.length + quarantined.length + outside.length;
}

/** What a class is called, and whom of it its members reach. */
export function titleOf({ community }: StationClass): string {
  return community === undefined ? 'isolated: not each other' : `community ${community}: each other`;
}

/** Routers of a Private VLAN, here and elsewhere: those elsewhere are known by their addresses alone. */
export function allRouters({ routers, listed }: PictureOfPvlan): readonly (Station & { readonly elsewhere?: true })[] {
  return [...routers, ...listed.map((mac) => ({ port: mac, guest: undefined, mac, elsewhere: true as const }))];
}

/** What people call a station. */
export function labelOf({ guest, port }: Station): string {
  return guest ?? port;
}

function classesOf(ports: readonly JudgedPort[], primary: VlanId): readonly StationClass[] {
  const classes = new Map<string | undefined, Station[]>();
  for (const judged of ports) {
    if (judged.verdict.kind !== 'guest' || judged.verdict.role.primary !== primary) continue;
    const community = groupOf(judged.verdict.role);
    const known = classes.get(community);
    if (known === undefined) classes.set(community, [stationOf(judged)]);
    else known.push(stationOf(judged));
  }
  return Array.from(classes, ([community, stations]) => ({ community, stations })).sort((a, b) =>
    naturalOrder(a.community ?? '\uffff', b.community ?? '\uffff'),
  );
}

function isRouterIn({ verdict }: JudgedPort, primary: VlanId): boolean {
  return verdict.kind === 'promiscuous' && verdict.primaries.includes(primary);
}

function stationOf({ port }: JudgedPort): Station {
  return { port: port.name, guest: port.guestName, mac: port.attachedMac };
}

import type { VlanSetting } from '../pvlan/vlan-setting.ts';
import { tunnelVlan } from '../pvlan/vlan-setting.ts';
import type { Copy } from './copies.ts';
import type { DatapathPorts } from './datapath-ports.ts';
import { speaker, type Frame, type Speaker } from './frame.ts';
import type { NormalVisit } from './normal-visits.ts';
import { outsidersOf } from './outsider.ts';
import { ANYONE, stationAddress } from './question.ts';
import type { Group, Station } from './station.ts';

/** An address that no switch has learned. */
export const NOBODY = '02:70:76:00:00:02';

/** Routers elsewhere that are asked about at one port. */
const ASKED = 2;

/** A promiscuous station, or the way to those elsewhere. */
interface Router {
  readonly name: string;
  readonly mac: string;
  readonly ofports: readonly number[];
  /** What it tags its frames with. */
  readonly vid: number | undefined;
  readonly vlan: VlanSetting;
  readonly isHere: boolean;
}

/** A guest and a router of one bridge that may talk to each other. */
export interface Talk {
  readonly guest: Station & { readonly ofport: number };
  readonly router: Router;
}

/** Every guest of the group with every router that it has, here or elsewhere. */
export function talksOf(group: Group): readonly Talk[] {
  const { stations, ports, plan, primary } = group;
  const guests = stations.flatMap((one) =>
    one.ofport !== undefined && (one.role?.kind === 'isolated' || one.role?.kind === 'community')
      ? [{ ...one, ofport: one.ofport }]
      : [],
  );
  const here = stations.flatMap((one): Router[] => {
    if (one.role?.kind !== 'promiscuous' || one.ofport === undefined) return [];
    const port = ports.find(({ port: { name } }) => name === one.name)?.port;
    // One on the move may be elsewhere.
    if (port === undefined || port.moving) return [];
    const { name, mac, untagged, ofport } = one;
    const address = stationAddress(mac) ?? ANYONE;
    return [
      { name, mac: address, ofports: [ofport], vid: untagged ? undefined : primary, vlan: port.vlan, isHere: true },
    ];
  });
  const elsewhere = (plan === undefined ? [] : outsidersOf(ports, plan)).flatMap(
    ({ judged: { port }, believed, vids }) =>
      believed.slice(0, ASKED).map((mac): Router => ({
        ...{ name: port.name, mac, ofports: port.ofports, vlan: port.vlan, isHere: false },
        vid: vids.find((vid) => vid !== undefined),
      })),
  );
  return guests.flatMap((guest) => [...here, ...elsewhere].map((router) => ({ guest, router })));
}

/** A frame of the guest's. */
export function wordOf({ guest }: Talk, dst: string): { readonly frame: Frame; readonly speaker: Speaker } {
  const src = stationAddress(guest.mac) ?? ANYONE;
  const frame: Frame = { inPort: guest.ofport, src, dst, vid: undefined, payload: 'udp' };
  return { frame, speaker: speaker(src, guest.addresses) };
}

/** A frame of the router's for the guest, by one of its ports. */
export function answerTo(
  { guest, router }: Talk,
  ofport: number,
): { readonly frame: Frame; readonly speaker: Speaker } {
  const { mac: src, vid } = router;
  const dst = stationAddress(guest.mac) ?? ANYONE;
  return { frame: { inPort: ofport, src, dst, vid, payload: 'udp' }, speaker: speaker(src, undefined) };
}

/** Who gets `copies` of a frame for the router besides it, by the names of ports. */
export function thirdParties(
  { guest: { bridge }, router }: Talk,
  copies: readonly Copy[],
  ports: DatapathPorts,
): readonly string[] {
  const places = copies.flatMap(({ to }) => (to.kind === 'bond' ? [] : ports.at(bridge, to.number)));
  const others = places.filter((place) => place.bridge !== bridge || !router.ofports.includes(place.ofport));
  // Beyond other bridges and bonds a router elsewhere may be.
  const third = router.isHere ? others : others.filter((place) => place.bridge === bridge);
  const bonds = router.isHere && copies.some(({ to }) => to.kind === 'bond') ? ['a bond'] : [];
  return [...new Set([...third.map(({ name }) => name).sort(), ...bonds])];
}

/** Whether NORMAL learns in the VLAN `vid` where the router is, by what it says when it comes there so. */
export function learnsAt(visits: readonly NormalVisit[], { mac, vlan }: Router, vid: number): boolean {
  return visits.some((visit) => {
    const inVlan = tunnelVlan(vlan) ?? (visit.vid === 0 ? (vlan.tag ?? 0) : visit.vid);
    return visit.fromPort && visit.outcome !== 'refused' && visit.src === mac && inVlan === vid;
  });
}

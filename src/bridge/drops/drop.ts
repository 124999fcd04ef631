import type { JudgedPort } from '../../desire/desired-bridge.ts';
import type { FlowCounter } from '../../openflow/flow-counter.ts';
import { Cause, causeOf } from '../../pipeline/cause.ts';
import { portOf, primaryOf } from '../../pipeline/cookie.ts';

/**
 * Why frames are dropped, as it is told; docs/operations.md has the table. The names are for programs: each keeps its meaning.
 */
export const DROP_CAUSES = {
  'foreign-mac': 'a guest sends from a MAC address that is not its own',
  tagged: 'a guest sends frames with a VLAN tag',
  'foreign-neighbour': "a guest's ARP or neighbour discovery speaks for an address that is not its own",
  'foreign-address': 'a guest sends from an IP address that is not its own',
  'refused-service': 'a guest offers DHCP or routes, or speaks a protocol, that it may not',
  malformed: 'a guest sends what receivers read otherwise than Open vSwitch does, or what is for switches alone',
  'unlisted-router': 'another switch brings a frame for the guest from a sender that is no known router',
  'parking-vlan': 'a frame is tagged with VLAN 4095, in which parked ports are',
  quarantined: 'the port is quarantined',
  'not-ready': 'the port is held closed, as until its flows are installed',
  'forged-outside': 'a guest outside speaks for a router, a guest or another station',
  'forged-wire': 'another switch brings the address of a guest or a router that is plugged in here',
} as const;

export type DropCause = keyof typeof DROP_CAUSES;

/** What one flow has dropped since it is there. */
export interface Drop {
  /** The same for the same flow. */
  readonly place: string;
  readonly cause: DropCause;
  /** The primary VLAN; undefined where no single one is concerned. */
  readonly pvlan: number | undefined;
  /** The port that sent the frames or, where others did, the one that they were for or about; undefined for neither. */
  readonly port: string | undefined;
  readonly packets: number;
}

const NAMES: Readonly<Record<Cause, DropCause>> = {
  [Cause.PARKING_VLAN]: 'parking-vlan',
  [Cause.FLOOR]: 'tagged',
  [Cause.FOREIGN_MAC]: 'foreign-mac',
  [Cause.FOREIGN_NEIGHBOUR]: 'foreign-neighbour',
  [Cause.FOREIGN_ADDRESS]: 'foreign-address',
  [Cause.REFUSED_SERVICE]: 'refused-service',
  [Cause.MALFORMED]: 'malformed',
  [Cause.FORGED_OUTSIDE]: 'forged-outside',
  [Cause.FORGED_WIRE]: 'forged-wire',
  [Cause.UNLISTED_ROUTER]: 'unlisted-router',
};

/** A port of the bridge, and whether its flows let anything pass. */
export interface CountedPort extends JudgedPort {
  readonly isOpen: boolean;
}

/** What `counters` say of a bridge with `ports`. Counters of flows that count no drop are left out. */
export function dropsOf(counters: readonly FlowCounter[], ports: Iterable<CountedPort>): readonly Drop[] {
  const byNumber = new Map<number, CountedPort>();
  for (const port of ports) for (const ofport of port.port.ofports) byNumber.set(ofport, port);
  return counters.flatMap(({ place, cookie, packets }) => {
    const cause = causeOf(cookie);
    if (cause === undefined) return [];
    const ofport = portOf(cookie);
    const port = ofport === undefined ? undefined : byNumber.get(ofport);
    const pvlan = primaryOf(cookie) ?? primaryOfPort(port);
    return [{ place, cause: nameOf(cause, port), pvlan, port: port?.port.name, packets }];
  });
}

/** The floor under a port counts what no flow above it takes: of an open guest's port that is what has a tag. */
function nameOf(cause: Cause, port: CountedPort | undefined): DropCause {
  if (cause !== Cause.FLOOR || port === undefined) return NAMES[cause];
  if (port.verdict.kind === 'quarantined') return 'quarantined';
  return port.isOpen ? 'tagged' : 'not-ready';
}

function primaryOfPort(port: CountedPort | undefined): number | undefined {
  return port !== undefined && 'role' in port.verdict ? port.verdict.role.primary : undefined;
}

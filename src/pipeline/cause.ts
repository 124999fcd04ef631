import { BRIDGE_COOKIE, COOKIE, COOKIE_MASK, portCookie, primaryCookie } from './cookie.ts';

/**
 * Why a flow of ours keeps frames from going where they were to go. The number stands in the cookie of the flow that counts them (bits
 * 40 to 46, below a bit that says that it counts), and in register 6 on the way to it; it keeps its meaning from one version to the next.
 */
export const Cause = {
  /** A frame tagged with VLAN 4095, in which parked ports are. */
  PARKING_VLAN: 1,
  /** The floor under a port: of an open guest's port that is what comes tagged, of a closed one everything. */
  FLOOR: 2,
  /** From a MAC address that is not the guest's. */
  FOREIGN_MAC: 3,
  /** ARP or neighbour discovery that speaks for an address that is not the guest's. */
  FOREIGN_NEIGHBOUR: 4,
  /** From an IP address that is not the guest's. */
  FOREIGN_ADDRESS: 5,
  /** A service (DHCP, routes) that the guest may not offer, or a protocol that it may not speak. */
  REFUSED_SERVICE: 6,
  /** What receivers read otherwise than Open vSwitch does, a second tag, or an address that is for switches alone. */
  MALFORMED: 7,
  /** A guest outside speaks for a router, a guest or another station. */
  FORGED_OUTSIDE: 8,
  /** Another switch brings the address of a guest or a router that is plugged in here. */
  FORGED_WIRE: 9,
  /** Another switch brings a frame for a guest here whose sender is no known router: NORMAL has it, and the guest never hears it. */
  UNLISTED_ROUTER: 10,
} as const;

export type Cause = (typeof Cause)[keyof typeof Cause];

const SHIFT = 40n;
const MASK = 0x7fn << SHIFT;
const COUNTS = 0x80n << SHIFT;
const KNOWN: ReadonlySet<number> = new Set(Object.values(Cause));

/** The cookie of a flow that counts what is refused for `cause`; `cookie` says whom the flow serves. */
export function because(cause: Cause, cookie: bigint = BRIDGE_COOKIE): bigint {
  return cookie | COUNTS | (BigInt(cause) << SHIFT);
}

/** The flows of ours that count what is refused. */
export const COUNTING = { cookie: COOKIE | COUNTS, cookieMask: COOKIE_MASK | COUNTS } as const;

/** What a flow of ours counts; undefined for one that counts nothing, or is not ours. */
export function causeOf(cookie: bigint): Cause | undefined {
  const number = Number((cookie & MASK) >> SHIFT);
  return (cookie & COUNTING.cookieMask) === COUNTING.cookie && isCause(number) ? number : undefined;
}

function isCause(number: number): number is Cause {
  return KNOWN.has(number);
}

/** Cookies of what one port, or one Private VLAN, is refused. */
export function portBecause(cause: Cause, ofport: number): bigint {
  return because(cause, portCookie(ofport));
}

export function primaryBecause(cause: Cause, primary: number): bigint {
  return because(cause, primaryCookie(primary));
}

import type { Host } from '../lab/host.ts';
import { PARKING, ROUTERS } from './attack.ts';
import { isOpen, mayReach, type Guest, type Instant } from './guest.ts';
import type { Mode } from './mode.ts';

/** One frame under way. */
export interface Sent {
  readonly from: Guest;
  readonly kind: string;
  /** It claims nothing that its sender is not. */
  readonly honest: boolean;
  readonly at: Instant;
  /** Its destination MAC, as in {@link Guest}'s endpoint; undefined for a group address. */
  readonly destination: string | undefined;
}

/** What was the case on the hosts while a frame was under way. */
export interface Situation {
  readonly mode: Mode;
  readonly guests: Iterable<Guest>;
  /** Since when a host has its flows all the time; Infinity while they may be gone. */
  readonly flowsSince: (host: Host) => Instant;
  /** Since when ovs-vswitchd there knows which ports are locked; Infinity while it may have forgotten. */
  readonly locksSince: (host: Host) => Instant;
}

/**
 * Why a frame that is forbidden passed without the agent's fault:
 * - `unprotected`: a port that was not born parked, before the agent's first act.
 * - `unparked`: another writer had opened the port, and the agent had not closed it again; nothing that is flooded.
 * - `parkingVlan`: tagged with the VLAN of parked ports, which parking alone does not stop, while flows were gone; nothing that is
 *   flooded to a guest, unless ovs-vswitchd had forgotten the second lock, too.
 * - `unruled`: from a stranger to whoever is not parked on its own host, while flows were gone there.
 */
export type Excuse = 'unprotected' | 'unparked' | 'parkingVlan' | 'unruled';

export type Verdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'excused'; readonly as: Excuse }
  | { readonly kind: 'forbidden'; readonly what: string };

/**
 * How long ovs-vswitchd may forward by what it cached after its tables changed, in milliseconds; many times what was seen. It counts
 * only where a frame came out at somebody who might have had it before.
 */
const CACHED_MS = 500;

/** Whether a frame may come out at `to` at `now`. */
export function judge(sent: Sent, to: Guest, now: Instant, situation: Situation): Verdict {
  if (sent.from === to)
    return isFloodedOpen(sent, to, now) && !isLockedOut(sent, to, situation)
      ? { kind: 'excused', as: 'unparked' }
      : { kind: 'forbidden', what: 'came back to its sender' };
  const what = offence(sent, to, now, situation);
  if (what === undefined) return { kind: 'allowed' };
  const as = excuse(sent, to, now, situation);
  return as === undefined ? { kind: 'forbidden', what } : { kind: 'excused', as };
}

function offence(sent: Sent, to: Guest, now: Instant, situation: Situation): string | undefined {
  const senders = sent.from.rolesBetween(sent.at, now);
  const receivers = to.rolesBetween(sent.at, now);
  if (!sent.honest) {
    const trusted = senders.some(isOpen) || (sent.from.role === 'stranger' && to.role === 'stranger');
    return trusted ? undefined : 'arrived';
  }
  if (!senders.some((one) => receivers.some((other) => mayReach(one, other)))) return 'arrived';
  const { destination } = sent;
  if (destination === undefined || destination === to.endpoint.mac) return undefined;
  // NORMAL floods what it does not know, but never to a parked port, and flows deliver by address alone.
  if (to.parkedBetween(sent.at, now)) return 'for somebody else arrived';
  return goesToOnePort(sent, to.host, now, situation) ? 'for a guest of that host arrived' : undefined;
}

/** Whether a frame that a promiscuous sender has for a guest on `host` goes to the port of that guest alone. */
function goesToOnePort({ from, at, destination }: Sent, host: Host, now: Instant, situation: Situation): boolean {
  const { mode, guests, flowsSince } = situation;
  const since = at - CACHED_MS;
  // In single mode only listed addresses are believed to be promiscuous elsewhere: the router's.
  if (from.host !== host && from.role !== 'router' && mode === 'single') return false;
  if (!from.rolesBetween(since, now).every(isOpen) || flowsSince(host) > since || from.servedSince > since)
    return false;
  return [...guests].some(
    (guest) =>
      guest.endpoint.mac === destination &&
      guest.host === host &&
      guest.servedSince <= since &&
      guest.parkedBetween(since, now),
  );
}

/** Whether it is a frame that NORMAL floods, to a port that another writer has opened. */
function isFloodedOpen({ from, kind, honest, at }: Sent, to: Guest, now: Instant): boolean {
  // What is in the parking VLAN or claims to be a router's is dropped by flows, whichever ports are open.
  const flooded = honest || (from.role === 'stranger' && !kind.endsWith(PARKING) && !kind.includes(ROUTERS));
  return flooded && to.unparkedBetween(at, now);
}

/**
 * Whether the second lock of the receiver's port has to stop the frame: one that is for all, or for somebody else, can only be flooded.
 * What it does not stop is unicast to an address that NORMAL has learned there.
 */
function isLockedOut({ at, destination }: Sent, to: Guest, { locksSince }: Situation): boolean {
  const since = at - CACHED_MS;
  return destination !== to.endpoint.mac && to.lockedSince <= since && locksSince(to.host) <= since;
}

function excuse(sent: Sent, to: Guest, now: Instant, situation: Situation): Excuse | undefined {
  const { from, kind, at } = sent;
  const flowless = (host: Host): boolean => situation.flowsSince(host) === Infinity;
  if ([from, to].some((guest) => !guest.bornParked && at < guest.protectedSince)) return 'unprotected';
  const isOut = isLockedOut(sent, to, situation);
  if (isFloodedOpen(sent, to, now) && !isOut) return 'unparked';
  if (kind.endsWith(PARKING) && flowless(from.host) && flowless(to.host) && !isOut) return 'parkingVlan';
  if (from.role === 'stranger' && flowless(from.host) && (from.host !== to.host || isOpen(to.role))) return 'unruled';
  return undefined;
}

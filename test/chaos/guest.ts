import type { Endpoint } from '../lab/endpoint.ts';
import type { Host } from '../lab/host.ts';
import type { Mode } from './mode.ts';

/**
 * A portgroup name, which in this lab is the `port-profile`; `router` is the physical router, a `stranger` a trunk outside the
 * Private VLAN, which carries its VLANs all the same.
 */
export type RoleName =
  'isolated-2102' | 'community-2102-red' | 'community-2102-blue' | 'promisc-2102' | 'router' | 'stranger';

export const GUEST_ROLES: readonly RoleName[] = [
  'isolated-2102',
  'community-2102-red',
  'community-2102-blue',
  'promisc-2102',
];

/** A time in milliseconds of `performance.now()`. */
export type Instant = number;

interface Tenure {
  readonly role: RoleName;
  readonly from: Instant;
  until: Instant;
}

/**
 * A guest, or the router, and which roles it may be taken to have at each moment: while a role changes both are right, for
 * nobody can say when the frames under way were judged.
 */
export class Guest {
  readonly endpoint: Endpoint;
  readonly host: Host;
  /** The port was created parked; otherwise there is a moment between its birth and the agent's first act. */
  readonly bornParked: boolean;
  readonly #tenures: Tenure[];
  /** When somebody other than the agent had opened its port. */
  readonly #unparked: { readonly from: Instant; until: Instant }[] = [];
  /** When the agent first said that it is installed. */
  protectedSince: Instant = Infinity;
  /** Since when the agent has served the port it has now, under the number it has now. */
  #servedSince: Instant = Infinity;
  /** Since when nothing is flooded to its port, as the agent sees to for parked ones. */
  #lockedSince: Instant = Infinity;

  constructor(endpoint: Endpoint, host: Host, role: RoleName, bornParked: boolean) {
    this.endpoint = endpoint;
    this.host = host;
    this.bornParked = bornParked;
    this.#tenures = [{ role, from: -Infinity, until: Infinity }];
  }

  get name(): string {
    return this.endpoint.name;
  }

  /** The role it has, or is about to have. */
  get role(): RoleName {
    return this.#tenures.at(-1)?.role ?? 'isolated-2102';
  }

  /** Its role changes, and the agent has not said that all is installed. */
  get changing(): boolean {
    return this.#tenures.slice(0, -1).some((tenure) => tenure.until === Infinity);
  }

  /** Begins a change of role: the old one counts until {@link Guest.settle}. */
  become(role: RoleName): void {
    this.#tenures.push({ role, from: performance.now(), until: Infinity });
    this.#lockedSince = Infinity;
  }

  /** The agent has said that all is installed: only the newest role counts from now on. */
  settle(): void {
    const now = performance.now();
    this.protectedSince = Math.min(this.protectedSince, now);
    this.#servedSince = Math.min(this.#servedSince, now);
    this.#lockedSince = isOpen(this.role) || this.role === 'stranger' ? Infinity : Math.min(this.#lockedSince, now);
    for (const tenure of this.#tenures.slice(0, -1)) tenure.until = Math.min(tenure.until, now);
  }

  /** Its port is gone and comes back as it was born: from now on it is not protected before the agent has acted again. */
  replug(): void {
    this.protectedSince = Infinity;
    this.unserve();
  }

  /**
   * Its port is opened by another, moved or numbered anew: until the agent has served it again, frames for it are frames for an
   * unknown address. `isLocked`: it is the same port to ovs-vswitchd, which keeps how it is configured.
   */
  unserve({ isLocked = false } = {}): void {
    this.#servedSince = Infinity;
    if (!isLocked) this.#lockedSince = Infinity;
  }

  get lockedSince(): Instant {
    return this.#lockedSince;
  }

  /** Since when its frames go to its port and nowhere else; Infinity while they may not. */
  get servedSince(): Instant {
    return this.#servedSince;
  }

  /** Somebody other than the agent opens its port. */
  unpark(): void {
    this.#unparked.push({ from: performance.now(), until: Infinity });
  }

  /** Its port is parked again, and ovs-vswitchd keeps to that; returns how long it was not, in milliseconds. */
  repark(): number {
    const now = performance.now();
    const open = this.#unparked.filter((spell) => spell.until === Infinity);
    for (const spell of open) spell.until = now;
    return Math.max(0, ...open.map(({ from }) => now - from));
  }

  /** Whether its port was opened by somebody at some moment between the two. */
  unparkedBetween(from: Instant, until: Instant): boolean {
    return this.#unparked.some((spell) => spell.from <= until && spell.until >= from);
  }

  /** Whether it had a role all the time between the two for which the agent parks its port. */
  parkedBetween(from: Instant, until: Instant): boolean {
    return this.rolesBetween(from, until).every((role) => !isOpen(role) && role !== 'stranger');
  }

  /** Every role it may be taken to have had at some moment between the two. */
  rolesBetween(from: Instant, until: Instant): readonly RoleName[] {
    return this.#tenures.filter((tenure) => tenure.from <= until && tenure.until >= from).map(({ role }) => role);
  }
}

export function isOpen(role: RoleName): boolean {
  return role === 'router' || role === 'promisc-2102';
}

/**
 * Whether what `from` sends under its own name may come out at `to`, after RFC 5517. A stranger hears what is flooded in the VLANs
 * it carries, but reaches promiscuous ports at the most.
 */
export function mayReach(from: RoleName, to: RoleName): boolean {
  if (to === 'stranger') return true;
  return isOpen(from) || isOpen(to) || (from === to && from !== 'isolated-2102');
}

/**
 * Whether frames between two guests that are installed have to arrive. Members of a community on two hosts cannot know each
 * other where one VLAN is all there is on the wire, nor promiscuous guests that are in no list.
 */
export function mustTalk(one: Guest, other: Guest, mode: Mode): boolean {
  if (one.role === 'stranger' || other.role === 'stranger') return false;
  if (one.role === 'router' || other.role === 'router') return true;
  return (one.host === other.host || mode === 'secondary') && mayReach(one.role, other.role);
}

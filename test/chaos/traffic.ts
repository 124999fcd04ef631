import * as frames from '../lab/frames.ts';
import type { Host } from '../lab/host.ts';
import { until } from '../lab/until.ts';
import { attack } from './attack.ts';
import { isOpen, mustTalk, type Guest, type Instant } from './guest.ts';
import type { Mode } from './mode.ts';
import { Random } from './random.ts';
import { judge, type Sent } from './verdict.ts';

/** When a permitted frame was sent and when it came. */
interface Arrival {
  readonly sent: number;
  readonly came: number;
}

/** A frame that came out where it must not. */
export interface Violation {
  readonly at: number;
  readonly text: string;
}

/** Probe numbers from here on are ours; the lab's own prober counts from 1. */
const FIRST_ID = 0x8000_0000;
const TICK_MS = 2;
const ATTACKS_A_TICK = 2;
const PERMITTED_A_TICK = 3;
/** Frames remembered; what is older than so many has arrived or never will. */
const MEMORY = 200_000;
/** Arrivals remembered of each pair: more than come during the longest fault. */
const ARRIVALS = 500;

/**
 * Traffic that never stops: frames that have to arrive, and frames that must not, each with a number. Any forbidden arrival
 * at any instant is a violation. It waits for nothing and asks no switch, so a switch that is dead or stopped does not stop it.
 */
export class Traffic {
  readonly violations: Violation[] = [];
  readonly counts = { attacks: 0, permitted: 0, arrived: 0, unprotected: 0, unparked: 0, parkingVlan: 0, unruled: 0 };
  /** How often each kind of attack was made. */
  readonly attacks = new Map<string, number>();
  /** Since when each host has its flows, where they were gone. */
  readonly #flowsSince = new Map<Host, Instant>();
  /** Since when what locked ports of each host stands, where ovs-vswitchd may have forgotten it. */
  readonly #locksSince = new Map<Host, Instant>();
  readonly #random: Random;
  readonly #mode: Mode;
  readonly #guests = new Map<Guest, () => void>();
  readonly #sent = new Map<number, Sent>();
  /** By pair and kind: the newest frames that arrived, oldest first. */
  readonly #arrivals = new Map<string, Arrival[]>();
  #nextId = FIRST_ID;
  #turn = 0;
  #cries = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(seed: number, mode: Mode = 'single') {
    this.#random = new Random(seed);
    this.#mode = mode;
  }

  /**
   * The flows of a host may be gone from now on. Parking alone keeps no frame that is tagged with the parking VLAN itself from one
   * parked port to another, nor a stranger there from speaking for others in the VLANs its trunk carries, to whoever is not parked
   * on its own host; so those are counted and are no violation there. `keepsLocks`: the second lock of ports stands meanwhile.
   */
  flowsMayBeGone(host: Host, { keepsLocks = false } = {}): void {
    this.#flowsSince.set(host, Infinity);
    if (!keepsLocks) this.#locksSince.set(host, Infinity);
  }

  /** All hosts have their flows again. */
  flowsAreBack(): void {
    const now = performance.now();
    for (const times of [this.#flowsSince, this.#locksSince])
      for (const [host, since] of times) times.set(host, Math.min(since, now));
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#tick();
    }, TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const leave of this.#guests.values()) leave();
    this.#guests.clear();
  }

  join(guest: Guest): void {
    const leave = guest.endpoint.watch((frame) => {
      const sent = frame.probeId === undefined ? undefined : this.#sent.get(frame.probeId);
      if (sent !== undefined) this.#arrived(sent, guest);
    });
    this.#guests.set(guest, leave);
  }

  leave(guest: Guest): void {
    this.#guests.get(guest)?.();
    this.#guests.delete(guest);
  }

  /**
   * Waits until for every pair that must talk a unicast and a broadcast have arrived that were sent after `since`, and
   * returns how long after `since` the last of them came, in milliseconds.
   */
  async restored(since: number, timeout: number): Promise<number> {
    let firsts: (readonly [string, number | undefined])[] = [];
    await until(
      'permitted frames to arrive',
      () => {
        firsts = this.#pairs()
          .flatMap(([from, to]) => ['unicast', 'broadcast'].map((kind) => pairKey(from, to, kind)))
          .map((key) => [key, this.#arrivals.get(key)?.find(({ sent }) => sent >= since)?.came]);
        return firsts.every(([, came]) => came !== undefined);
      },
      { timeout },
    ).catch((error: unknown) => {
      const missing = firsts.flatMap(([key, came]) => (came === undefined ? [key] : []));
      throw new Error(`${String(error)}; missing: ${missing.join(', ')}`, { cause: error });
    });
    return Math.max(...firsts.map(([, came]) => (came ?? since) - since));
  }

  #pairs(): (readonly [Guest, Guest])[] {
    const guests = [...this.#guests.keys()];
    return guests.flatMap((from) =>
      guests.filter((to) => to !== from && mustTalk(from, to, this.#mode)).map((to) => [from, to] as const),
    );
  }

  #tick(): void {
    const guests = [...this.#guests.keys()].filter((guest) => guest.endpoint.connected);
    const attackers = guests.filter((guest) => guest.role !== 'router');
    for (let count = 0; count < ATTACKS_A_TICK; count += 1) {
      const from = this.#random.pick(attackers);
      const to = this.#random.pick(attackers.filter((other) => other !== from));
      if (from === undefined || to === undefined) break;
      // Promiscuous senders are trusted with any address. One that took the router's would draw its traffic for a while.
      const trusted = from.rolesBetween(performance.now(), performance.now()).some(isOpen);
      const { kind, honest, frame } = attack(this.#random, from, to, { mode: this.#mode, honestOnly: trusted });
      this.counts.attacks += 1;
      this.attacks.set(kind, (this.attacks.get(kind) ?? 0) + 1);
      this.#send(from, kind, honest, frame);
    }
    const pairs = this.#pairs().filter(([from, to]) => from.endpoint.connected && to.endpoint.connected);
    for (let count = 0; count < PERMITTED_A_TICK && pairs.length > 0; count += 1) {
      this.#turn += 1;
      const pair = pairs[this.#turn % pairs.length];
      if (pair === undefined) break;
      const [from, to] = pair;
      this.counts.permitted += 1;
      this.#send(from, 'unicast', true, frames.experimental(to.endpoint.mac, from.endpoint.mac));
    }
    this.#cries += 1;
    const criers = guests.filter((guest) => guest.role !== 'stranger');
    const crier = criers[this.#cries % criers.length];
    if (crier !== undefined)
      this.#send(crier, 'broadcast', true, frames.experimental(frames.BROADCAST, crier.endpoint.mac));
  }

  #send(from: Guest, kind: string, honest: boolean, frame: Buffer): void {
    const id = this.#nextId;
    this.#nextId = id === 0xffff_ffff ? FIRST_ID : id + 1;
    this.#sent.set(id, { from, kind, honest, at: performance.now(), destination: destinationOf(frame) });
    if (this.#sent.size > MEMORY)
      for (const oldest of this.#sent.keys()) {
        this.#sent.delete(oldest);
        break;
      }
    // A frame that a dying switch does not take is a frame lost, like any other.
    from.endpoint.send(frames.mark(frame, id)).catch(() => undefined);
  }

  #arrived(sent: Sent, to: Guest): void {
    const now = performance.now();
    const verdict = judge(sent, to, now, {
      mode: this.#mode,
      guests: this.#guests.keys(),
      flowsSince: (host) => this.#flowsSince.get(host) ?? -Infinity,
      locksSince: (host) => this.#locksSince.get(host) ?? -Infinity,
    });
    if (verdict.kind === 'allowed') {
      this.counts.arrived += 1;
      const { from, kind, honest, at, destination } = sent;
      if (honest && (destination ?? to.endpoint.mac) === to.endpoint.mac)
        this.#remember(pairKey(from, to, kind), { sent: at, came: now });
    } else if (verdict.kind === 'excused') {
      this.counts[verdict.as] += 1;
    } else {
      this.#violate(sent, to, now, verdict.what);
    }
  }

  #remember(key: string, arrival: Arrival): void {
    const arrivals = this.#arrivals.get(key) ?? [];
    this.#arrivals.set(key, arrivals);
    arrivals.push(arrival);
    if (arrivals.length > ARRIVALS) arrivals.splice(0, ARRIVALS / 2);
  }

  #violate(sent: Sent, to: Guest, now: number, what: string): void {
    const { from, kind, at } = sent;
    const text = `${kind} from ${label(from)} ${what} at ${label(to)}, ${(now - at).toFixed(1)} ms after it was sent`;
    this.violations.push({ at: now, text });
  }
}

function label(guest: Guest): string {
  return `${guest.name} (${guest.role} on ${guest.host.name})`;
}

function pairKey(from: Guest, to: Guest, kind: string): string {
  return `${kind} ${from.name}@${from.host.name} > ${to.name}@${to.host.name}`;
}

/** The MAC a frame is for, undefined where that is a group's. */
function destinationOf(frame: Buffer): string | undefined {
  if ((frame.readUInt8(0) & 1) === 1) return undefined;
  return [...frame.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

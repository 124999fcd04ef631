import type { Drop, DropCause } from './drop.ts';

/** What was dropped for one cause. */
export interface DropTotal {
  readonly cause: DropCause;
  readonly pvlan: number | undefined;
  /** Frames; never falls as long as the book is kept. */
  readonly packets: number;
}

export interface PortDropTotal extends DropTotal {
  readonly port: string;
  /** Frames a minute over the last minute or so; undefined until there were two looks at some distance. */
  readonly perMinute: number | undefined;
}

/** A rate is told of looks at least this far apart, in milliseconds, and looks are kept for as long as the second says. */
const APART_MS = 5000;
const KEPT_MS = 60_000;

interface Look {
  readonly at: number;
  /** Frames by port and cause. */
  readonly packets: ReadonlyMap<string, number>;
}

/**
 * Sums up what flows have dropped. A flow that was taken away and comes again begins at zero; the sums do not: what a flow counts is
 * added by its difference to the look before, or whole where it counts less than then. What is dropped between the last look at a
 * flow and its removal is lost.
 */
export class DropBook {
  readonly #totals = new Map<string, DropTotal>();
  readonly #ports = new Map<string, Omit<PortDropTotal, 'perMinute'>>();
  #flows = new Map<string, number>();
  #looks: readonly Look[] = [];

  /** What was dropped by Private VLAN and cause. */
  get totals(): readonly DropTotal[] {
    return [...this.#totals.values()];
  }

  /** The same by port, of those that are there. */
  get ports(): readonly PortDropTotal[] {
    return Array.from(this.#ports, ([key, total]) => ({ ...total, perMinute: this.#rate(key) }));
  }

  /** Whether there were two looks far enough apart to tell a rate. */
  get knowsRates(): boolean {
    return this.#span >= APART_MS;
  }

  /** Takes note of all that flows have counted by `now` (milliseconds); `present`: the ports that there are. */
  note(drops: Iterable<Drop>, present: ReadonlySet<string>, now: number): void {
    const flows = new Map<string, number>();
    for (const { place, cause, pvlan, port, packets } of drops) {
      const before = this.#flows.get(place) ?? 0;
      const more = packets >= before ? packets - before : packets;
      flows.set(place, packets);
      const total = `${pvlan ?? ''} ${cause}`;
      this.#totals.set(total, { cause, pvlan, packets: (this.#totals.get(total)?.packets ?? 0) + more });
      if (port === undefined) continue;
      const own = `${port} ${pvlan ?? ''} ${cause}`;
      this.#ports.set(own, { port, cause, pvlan, packets: (this.#ports.get(own)?.packets ?? 0) + more });
    }
    for (const [key, { port }] of this.#ports) if (!present.has(port)) this.#ports.delete(key);
    this.#flows = flows;
    this.#look(now);
  }

  #look(at: number): void {
    const look = { at, packets: new Map(Array.from(this.#ports, ([key, { packets }]) => [key, packets])) };
    const last = this.#looks.at(-1);
    const earlier = last !== undefined && at - last.at < APART_MS ? this.#looks.slice(0, -1) : this.#looks;
    // The first look that is too old stays until the next one is, too: the rate is of a minute at least where there was one.
    const recent = earlier.filter((_, index) => at - (earlier[index + 1]?.at ?? at) < KEPT_MS);
    this.#looks = [...(earlier.length === 0 && last !== undefined ? [last] : recent), look];
  }

  get #span(): number {
    return (this.#looks.at(-1)?.at ?? 0) - (this.#looks[0]?.at ?? 0);
  }

  #rate(key: string): number | undefined {
    if (!this.knowsRates) return undefined;
    const packets = (look: Look | undefined): number => look?.packets.get(key) ?? 0;
    const more = packets(this.#looks.at(-1)) - packets(this.#looks[0]);
    return Math.max(0, Math.round((more / this.#span) * 60_000));
  }
}

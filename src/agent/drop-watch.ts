import { DropBook } from '../bridge/drops/drop-book.ts';
import type { ManagedBridge } from '../bridge/managed-bridge.ts';
import type { DropReport } from '../control/drops.ts';

/** Counters are read by themselves this often, in milliseconds, or so seldom that it takes a thousandth of the time. */
const PERIOD_MS = 60_000;
const IDLE_FACTOR = 1000;

/** The first time comes when bridges are connected as a rule, in milliseconds. */
const FIRST_MS = 5000;

/** Whoever asks gets counters that are read anew, at most this often in milliseconds and for at most a twentieth of the time. */
const FRESH_MS = 1000;
const ASKED_FACTOR = 20;

/** What the watch needs of a bridge. */
export type CountedBridge = Pick<ManagedBridge, 'drops'> & {
  readonly desired: { readonly ports: readonly { readonly port: { readonly name: string } }[] };
};

/**
 * Reads the counters of what is dropped: when somebody asks, and else at a rate that costs next to nothing however many ports there
 * are. A bridge that cannot be asked keeps what was counted before, and its own alarm tells why.
 */
export class DropWatch {
  readonly #bridges: () => ReadonlyMap<string, CountedBridge>;
  readonly #books = new Map<string, DropBook>();
  #at: Date | undefined;
  #lastLook = -Infinity;
  #costMs = 0;
  #underWay: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(bridges: () => ReadonlyMap<string, CountedBridge>) {
    this.#bridges = bridges;
  }

  start(): void {
    this.#sleep(FIRST_MS);
  }

  /** Settles when nothing is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#underWay;
  }

  /** As of the last look. */
  get report(): DropReport {
    const books = [...this.#books];
    return {
      at: this.#at?.toISOString(),
      ratesKnown: books.length > 0 && books.every(([, book]) => book.knowsRates),
      totals: books.flatMap(([bridge, book]) => book.totals.map((total) => ({ bridge, ...total }))),
      ports: books.flatMap(([bridge, book]) => book.ports.map((total) => ({ bridge, ...total }))),
    };
  }

  /** The same after another look, unless the last one was a moment ago. */
  async fresh(): Promise<DropReport> {
    const age = performance.now() - this.#lastLook;
    if (!this.#isStopped && age > Math.max(FRESH_MS, this.#costMs * ASKED_FACTOR)) await this.#look();
    return this.report;
  }

  #sleep(ms: number): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      void this.#look().then(() => {
        this.#sleep(Math.max(PERIOD_MS, this.#costMs * IDLE_FACTOR));
      });
    }, ms);
    this.#timer.unref();
  }

  /** Never rejects. */
  #look(): Promise<void> {
    this.#underWay ??= this.#read().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #read(): Promise<void> {
    const start = performance.now();
    const bridges = this.#bridges();
    // What a bridge that is gone has dropped stays dropped.
    for (const [name, book] of this.#books) if (!bridges.has(name)) book.note([], new Set(), start);
    await Promise.all(
      Array.from(bridges, async ([name, bridge]) => {
        const drops = await bridge.drops().catch(() => undefined);
        if (drops === undefined) return;
        const present = new Set(bridge.desired.ports.map(({ port }) => port.name));
        const book = this.#books.get(name) ?? new DropBook();
        this.#books.set(name, book);
        book.note(drops, present, performance.now());
      }),
    );
    this.#at = new Date();
    this.#lastLook = performance.now();
    this.#costMs = this.#lastLook - start;
  }
}

/** A key repaired this often within the window is fought over. */
const FOUGHT_OVER = 10;
const WINDOW_MS = 10_000;
/** A fight ends when the key was left alone this long. */
const PEACE_MS = 30_000;
/** Wait before a key that is fought over is repaired again. */
const TRUCE_MS = 1000;

interface Record {
  recent: number[];
  fightingSince: number | undefined;
  last: number;
}

/**
 * Notices another writer who keeps undoing what the agent does. Repairs are immediate until a key is fought over; then they
 * come once a second, so that neither side burns the machine, and the operator is told. Times are of a monotonic clock, in ms.
 */
export class Contention {
  readonly #records = new Map<string, Record>();
  #repairs = 0;

  /** How many repairs there were in all. */
  get repairs(): number {
    return this.#repairs;
  }

  /** Notes repairs made at `now`. */
  note(keys: Iterable<string>, now: number): void {
    for (const key of keys) {
      this.#repairs += 1;
      const record = this.#records.get(key) ?? { recent: [], fightingSince: undefined, last: now };
      record.recent = [...record.recent.filter((time) => now - time < WINDOW_MS), now];
      record.last = now;
      if (record.recent.length >= FOUGHT_OVER) record.fightingSince ??= now;
      this.#records.set(key, record);
    }
  }

  /** How long to wait before the next repair, in ms; 0 in peace. */
  delay(now: number): number {
    const last = this.#fights(now).reduce((latest, record) => Math.max(latest, record.last), -Infinity);
    return Math.max(0, last + TRUCE_MS - now);
  }

  /** What is fought over at `now`. */
  fights(now: number): readonly string[] {
    this.#fights(now);
    return [...this.#records].flatMap(([key, record]) => (record.fightingSince === undefined ? [] : [key]));
  }

  #fights(now: number): readonly Record[] {
    for (const [key, record] of this.#records) if (now - record.last > PEACE_MS) this.#records.delete(key);
    return [...this.#records.values()].filter((record) => record.fightingSince !== undefined);
  }
}

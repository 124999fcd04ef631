/** A key repaired this often within the window is fought over. */
const FOUGHT_OVER = 10;
const WINDOW_MS = 10_000;
/** As many repairs within this time are no fight that costs anything, but something the operator should know. */
const LONG_WINDOW_MS = 600_000;
/** A fight ends when the key was left alone this long. */
const PEACE_MS = 30_000;
/** Wait before a key that is fought over is repaired again, where that can wait. */
const TRUCE_MS = 1000;
/** Wait between any two passes while there is a fight: what has to be closed cannot wait longer. */
const GAP_MS = 20;

interface Record {
  /** The last repairs, ten at most. */
  readonly recent: readonly number[];
  readonly isFight: boolean;
  readonly last: number;
}

/**
 * Notices another writer who keeps undoing what the agent does. Repairs are immediate until a key is fought over; then those
 * that only open something come once a second, and the others GAP_MS after the last at the soonest, so that neither side burns
 * the machine, and the operator is told. Times are of a monotonic clock, in ms.
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
      const before = this.#current(key, now);
      const recent = [...(before?.recent ?? []), now].slice(-FOUGHT_OVER);
      const isQuick = recent.length === FOUGHT_OVER && now - (recent[0] ?? now) < WINDOW_MS;
      this.#records.set(key, { recent, isFight: isQuick || before?.isFight === true, last: now });
    }
  }

  /** How long to wait before `key` is repaired again, in ms; 0 in peace. */
  pause(key: string, now: number): number {
    const record = this.#current(key, now);
    return record?.isFight === true ? Math.max(0, record.last + TRUCE_MS - now) : 0;
  }

  /** How long to wait before anything is done again, in ms; 0 in peace. */
  gap(now: number): number {
    let wait = 0;
    for (const key of this.#records.keys()) {
      const record = this.#current(key, now);
      if (record?.isFight === true) wait = Math.max(wait, record.last + GAP_MS - now);
    }
    return wait;
  }

  /** What is fought over at `now`, or was repaired again and again. */
  fights(now: number): readonly string[] {
    return [...this.#records.keys()].filter((key) => {
      const record = this.#current(key, now);
      if (record === undefined) return false;
      return record.isFight || record.recent.filter((time) => now - time < LONG_WINDOW_MS).length === FOUGHT_OVER;
    });
  }

  /** The record of `key`, unless it has been left alone for long. */
  #current(key: string, now: number): Record | undefined {
    const record = this.#records.get(key);
    if (record === undefined || now - record.last <= (record.isFight ? PEACE_MS : LONG_WINDOW_MS)) return record;
    this.#records.delete(key);
    return undefined;
  }
}

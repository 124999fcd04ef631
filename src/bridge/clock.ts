/** Time as the work on a bridge knows it: a monotonic clock in ms, and alarms on it. */
export interface Clock {
  now(): number;
  /** Calls `work` once in `milliseconds`. Returns what takes that back. */
  after(milliseconds: number, work: () => void): () => void;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  after: (milliseconds, work) => {
    const timer = setTimeout(work, Math.ceil(milliseconds));
    return () => {
      clearTimeout(timer);
    };
  },
};

/** `ok`: as it should be; `note`: could be better; `FAIL`: needs the operator; `skip`: could not be looked at. */
export type Level = 'ok' | 'note' | 'FAIL' | 'skip';

/** What one check has found. */
export interface Finding {
  readonly level: Level;
  /** What is the case, as a sentence that names the thing; for `skip`, why nothing can be said. */
  readonly message: string;
  /** What to do about it; absent where there is nothing to do. */
  readonly remedy?: string;
}

/** What a check is about, and what it says of the host's facts. Pure. Nothing found means that all is well. */
export interface Check<Facts> {
  /** For programs: it keeps its meaning. */
  readonly name: string;
  /** What is the case where nothing is found, in a few words. */
  readonly good: string;
  judge(facts: Facts): readonly Finding[];
}

/** Something that is to stand as the agent made it. */
export interface Stand {
  /** What is to be there; another text is another demand. */
  readonly text: string;
  readonly inPlace: boolean;
}

/** Notices what was in place and has to be made again, though the demand is the same: somebody has undone it. */
export class Standing {
  /** What was in place last time, by key. */
  #inPlace: ReadonlyMap<string, string> = new Map();

  /** The keys of what somebody has undone since the last call. `now` is all there is. */
  undone(now: ReadonlyMap<string, Stand>): readonly string[] {
    const undone = [...now].filter(([key, { text, inPlace }]) => !inPlace && this.#inPlace.get(key) === text);
    // What is not in place yet is still demanded: it is undone once, not at each look.
    this.#inPlace = new Map([...now].flatMap(([key, { text, inPlace }]) => (inPlace ? [[key, text] as const] : [])));
    return undone.map(([key]) => key);
  }
}

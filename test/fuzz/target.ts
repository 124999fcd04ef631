/** Something that is fed bytes of a stranger. */
export interface Target {
  readonly name: string;
  /** How often it is chosen, relative to the others. */
  readonly weight: number;
  /** Well-formed inputs that mutations begin from. */
  readonly seeds: readonly Buffer[];
  /** Pieces of the language that mutations put in. */
  readonly words: readonly Buffer[];
  /** Largest input in bytes. */
  readonly most: number;
  /**
   * Reads the input to its end; `cut` divides it where the target takes a stream. Returns whether it was accepted; throws
   * whatever is neither acceptance nor an orderly refusal.
   */
  readonly feed: (input: Buffer, cut: (length: number) => number) => boolean;
}

/** Feeds `read`, and takes an error of `refusal` for a refusal. */
export function refuses(refusal: abstract new (...args: never[]) => Error, read: () => void): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof refusal) return false;
    throw error;
  }
}

/** What happened when, to print when something went wrong. */
export class Timeline {
  readonly #begin = performance.now();
  readonly #entries: { readonly at: number; readonly text: string }[] = [];

  note(text: string, at = performance.now()): void {
    this.#entries.push({ at, text });
  }

  /** The last `count` entries, oldest first, in milliseconds since the beginning. */
  text(count = 60): string {
    return [...this.#entries]
      .sort((one, other) => one.at - other.at)
      .slice(-count)
      .map(({ at, text }) => `${(at - this.#begin).toFixed(1).padStart(10)} ms  ${text}`)
      .join('\n');
  }
}

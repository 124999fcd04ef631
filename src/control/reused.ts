/** A value is given again for this many times what it took to make, so that whoever asks all the time costs a tenth of it. */
const REUSE_FACTOR = 10;

/** What `make` gives, made anew no more often than can be afforded. `make` may throw, and is asked again then. */
export class Reused<T> {
  readonly #make: () => T;
  #last: { readonly value: T; readonly validUntil: number } | undefined;

  constructor(make: () => T) {
    this.#make = make;
  }

  get(): T {
    const start = performance.now();
    if (this.#last !== undefined && start < this.#last.validUntil) return this.#last.value;
    const value = this.#make();
    const end = performance.now();
    this.#last = { value, validUntil: end + REUSE_FACTOR * (end - start) };
    return value;
  }
}

import type { Fault } from './fault.ts';
import type { Random } from './random.ts';

/** How many decks go by until one has the rare faults in it. */
const RARE = 3;

/** Every kind of fault once in an order of the seed's, then again in another; the rare ones in the first of three. */
export class Deck {
  readonly #faults: readonly Fault[];
  readonly #random: Random;
  #left: Fault[] = [];
  #decks = 0;

  constructor(faults: readonly Fault[], random: Random) {
    this.#faults = faults;
    this.#random = random;
  }

  draw(): Fault | undefined {
    if (this.#left.length === 0) {
      this.#left = this.#faults.filter((fault) => fault.rare !== true || this.#decks % RARE === 0);
      this.#decks += 1;
    }
    return this.#left.splice(this.#random.below(this.#left.length), 1)[0];
  }
}

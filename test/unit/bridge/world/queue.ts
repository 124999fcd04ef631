/** Things that happen one after the other, each when the test lets it. */
export class Queue {
  #items: (() => void)[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(happen: () => void): void {
    this.#items.push(happen);
  }

  next(): void {
    this.#items.shift()?.();
  }

  clear(): void {
    this.#items = [];
  }
}

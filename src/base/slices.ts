/** Longest stretch of work, in milliseconds, that is done before the event loop gets its turn. */
export const SLICE_MS = 8;

/**
 * Runs a generator that yields between small steps. What is done within one slice is done at once, and its result returned;
 * longer work goes on in slices, between which timers and sockets have their turn.
 * @returns what the generator returns, or a promise of it. What the generator throws is thrown, or rejects the promise.
 */
export function runSliced<T>(steps: Generator<undefined, T>): T | Promise<T> {
  const first = oneSlice(steps);
  return first.done ? first.value : theRest(steps);
}

/** `then(result)`, at once where the result is no promise. */
export function chain<T, U>(result: T | Promise<T>, then: (value: T) => U): U | Promise<U> {
  return result instanceof Promise ? result.then(then) : then(result);
}

async function theRest<T>(steps: Generator<undefined, T>): Promise<T> {
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    const next = oneSlice(steps);
    if (next.done) return next.value;
  }
}

function oneSlice<T>(
  steps: Generator<undefined, T>,
): { readonly done: false } | { readonly done: true; readonly value: T } {
  const end = performance.now() + SLICE_MS;
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return { done, value };
    if (performance.now() >= end) return { done: false };
  }
}

/** Milliseconds that each of two ways takes, in turns, so that whatever else the machine does falls on both; the first turn is not counted. */
export function alternate(times: number, one: () => unknown, other: () => unknown): [one: number[], other: number[]] {
  const took: [number[], number[]] = [[], []];
  for (let turn = 0; turn <= times; turn += 1) {
    for (const [which, work] of [one, other].entries()) {
      const start = performance.now();
      work();
      if (turn > 0) took[which]?.push(performance.now() - start);
    }
  }
  return took;
}

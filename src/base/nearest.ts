import { editDistance } from './edit-distance.ts';

/**
 * The name in `known` that `name` most likely misspells, or undefined when none is near: at most a third of its letters, and
 * three at most, may have to change (Levenshtein distance, letter case apart).
 */
export const nearest = (name: string, known: readonly string[]): string | undefined => {
  if (name.length > 64) return undefined;
  let best: string | undefined;
  let bestDistance = Math.min(3, Math.ceil(name.length / 3)) + 1;
  for (const candidate of known) {
    const steps = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (steps < bestDistance) [best, bestDistance] = [candidate, steps];
  }
  return best;
};

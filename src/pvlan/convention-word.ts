import { editDistance } from '../base/edit-distance.ts';

/** The words that a portgroup's name may begin with to give its ports a role. */
export const CONVENTION_WORDS = ['isolated', 'community', 'promiscuous', 'promisc'] as const;
export type ConventionWord = (typeof CONVENTION_WORDS)[number];

/** How many letters of a long word may be wrong, missing or too many (Levenshtein distance). */
const MAX_STEPS = 2;
/** Words shorter than this have other words too near to them. */
const LONG = 8;

/** The word of the convention that `word` is in other letter case, or most likely misspells; undefined when none is near. */
export function meantWord(word: string): ConventionWord | undefined {
  const lower = word.toLowerCase();
  return CONVENTION_WORDS.find(
    (one) => one === lower || (one.length >= LONG && editDistance(one, lower.slice(0, one.length + LONG)) <= MAX_STEPS),
  );
}

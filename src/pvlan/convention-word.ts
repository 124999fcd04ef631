import { editDistance } from '../base/edit-distance.ts';
import { ROLE_WORDS, type RoleWord } from './role-table.ts';

/** How many letters of a long word may be wrong, missing or too many (Levenshtein distance). */
const MAX_STEPS = 2;
/** Words shorter than this have other words too near to them. */
const LONG = 8;

/** The word of the convention that `word` is in other letter case, or most likely misspells; undefined when none is near. */
export function meantWord(word: string): RoleWord | undefined {
  const lower = word.toLowerCase();
  return ROLE_WORDS.find(
    (one) => one === lower || (one.length >= LONG && editDistance(one, lower.slice(0, one.length + LONG)) <= MAX_STEPS),
  );
}

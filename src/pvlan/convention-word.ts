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
    (one) => one === lower || (one.length >= LONG && stepsBetween(one, lower.slice(0, one.length + LONG)) <= MAX_STEPS),
  );
}

/** Levenshtein distance: the fewest letters to replace, insert and leave out that make `a` of `b`. */
function stepsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

import { meantWord } from './convention-word.ts';
import { ROLE_TABLE, ROLE_WORDS, roleKindOf, type RoleKind, type RoleWord } from './role-table.ts';

/** What a name says of Private VLANs to a reader, whatever it means by the convention. */
export interface SpokenName {
  /** The role that it speaks of, and whether in so many letters: others are only likely meant. */
  readonly role: RoleKind | undefined;
  readonly exact: boolean;
  /** The number that stands beside that word, as written; undefined where none does. */
  readonly beside: string | undefined;
  /** Every number in it that could be a VLAN id. */
  readonly numbers: readonly number[];
  /** What it would be by the convention with that primary VLAN, or with a placeholder. */
  likely(primary?: number): string;
}

/** Letters of other scripts that look like Latin ones (Unicode Technical Standard 39, of which these are the plausible). */
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ а: 'a', с: 'c', ԁ: 'd', е: 'e', һ: 'h', і: 'i', ӏ: 'l', м: 'm', о: 'o', р: 'p', ѕ: 's', т: 't', у: 'y' },
    ...{ α: 'a', ι: 'i', ν: 'v', ο: 'o', ρ: 'p', τ: 't', υ: 'u', μ: 'm', ı: 'i', ł: 'l', ø: 'o' },
  }),
);

/** Words that may stand between a role and its number and say nothing. */
const FILLERS = new Set(['vlan', 'pvlan', 'vid', 'id', 'primary']);
/** A name is read as far as this, for it may be of any length. */
const MAX_LENGTH = 256;

interface Token {
  readonly text: string;
  /** Behind the token, as in the name. */
  readonly rest: string;
  /** A letter follows at once: `21o2` is no number. */
  readonly torn: boolean;
}

/** Reads a name: as words and numbers, whatever parts them, in any letter case and in letters that look alike. */
export function spokenName(name: string): SpokenName {
  const latin = latinOf(name.slice(0, MAX_LENGTH));
  const tokens = Array.from(latin.matchAll(/\p{L}+|\p{N}+/gu), (match): Token => {
    const rest = latin.slice(match.index + match[0].length);
    return { text: match[0], rest, torn: /^\p{L}/u.test(rest) };
  });
  const roles = tokens.flatMap(({ text }, index) => {
    const word = exactWord(text) ?? meantWord(text);
    return word === undefined ? [] : [{ word, index, exact: exactWord(text) !== undefined }];
  });
  const [role] = [...roles.filter(({ exact }) => exact), ...roles];
  const number = role === undefined ? undefined : besideOf(tokens, role.index);
  return {
    role: role === undefined ? undefined : roleKindOf(role.word),
    exact: role?.exact === true,
    beside: number?.text,
    numbers: tokens.filter(({ text, torn }) => !torn && /^[0-9]{1,4}$/.test(text)).map(({ text }) => Number(text)),
    likely: (primary) => {
      const clean =
        number?.torn === false && /^[0-9]{1,5}$/.test(number.text) ? String(Number(number.text)) : '<primary>';
      const vlan = primary === undefined ? clean : String(primary);
      if (role === undefined) return `isolated-${vlan}`;
      const group = isGrouped(role.word) ? `-${groupIn(tokens, role.index, number)}` : '';
      return `${role.word}-${vlan}${group}`;
    },
  };
}

function latinOf(name: string): string {
  // A combining mark, or a digit between letters that looks like one, makes no other word.
  const letters = name.normalize('NFKD').toLowerCase().replaceAll(/\p{M}/gu, '');
  return Array.from(letters, (letter) => LOOK_ALIKES.get(letter) ?? letter)
    .join('')
    .replaceAll(/(?<=\p{L})0(?=\p{L})/gu, 'o')
    .replaceAll(/(?<=\p{L})1(?=\p{L})/gu, 'l')
    .replaceAll(/(?<![\p{L}\p{N}])1(?=\p{L})/gu, 'i');
}

/** The word of the convention that `text` is, or stands for as a synonym. */
function exactWord(text: string): RoleWord | undefined {
  const kind = roleKindOf(text);
  return kind === undefined ? undefined : (ROLE_WORDS.find((word) => word === text) ?? ROLE_TABLE[kind].words[0]);
}

function isGrouped(word: RoleWord): boolean {
  const kind = roleKindOf(word);
  return kind !== undefined && ROLE_TABLE[kind].grouped;
}

/** The number next to the word, words that say nothing aside; behind it before in front of it. */
function besideOf(tokens: readonly Token[], index: number): Token | undefined {
  const isWord = ({ text }: Token): boolean => !FILLERS.has(text);
  const next = tokens.slice(index + 1).find(isWord);
  const before = tokens.slice(0, index).findLast(isWord);
  return [next, before].find((token) => token !== undefined && /^\p{N}/u.test(token.text));
}

/** What may be the group's name: what follows the number, or stands between the word and some number. */
function groupIn(tokens: readonly Token[], index: number, number: Token | undefined): string {
  const from = number === undefined || tokens.indexOf(number) < index ? tokens[index] : number;
  const words = (from?.rest ?? '').replace(/^[^\p{L}\p{N}]+/u, '');
  const name = number === undefined ? (/^[a-z]+/.exec(words)?.[0] ?? '') : words;
  return /^[a-z0-9][a-z0-9._-]{0,62}$/.test(name) ? name : '<name>';
}

/** What sets a role apart from the others. */
export interface RoleTraits {
  /** What the names of its portgroups begin with; the program writes the first. */
  readonly words: readonly [string, ...string[]];
  /** Other words by which people speak of it: no portgroup's name may begin so, and what does is closed. */
  readonly synonyms: readonly string[];
  /** There are groups of it, which the name of the portgroup tells apart behind the VLAN: communities. */
  readonly grouped: boolean;
  /** It talks to every port of the primary VLAN. Others talk to such ports, and to their own group where they have one. */
  readonly reachesAll: boolean;
  /** Its parked ports are `protected`, too: nobody of that kind is ever reached. */
  readonly protected: boolean;
  /** Whom it reaches, as a sentence to an operator. */
  readonly rule: string;
}

/** The roles of RFC 5517 section 3, a row each. A new role is a row here and a kind of `Role`; CONTRIBUTING.md names what follows. */
export const ROLE_TABLE = {
  isolated: {
    words: ['isolated'],
    synonyms: ['isolation', 'isolate'],
    grouped: false,
    reachesAll: false,
    protected: true,
    rule: 'an isolated port talks to promiscuous ports only',
  },
  community: {
    words: ['community'],
    synonyms: ['communities'],
    grouped: true,
    reachesAll: false,
    protected: false,
    rule: 'a community port talks to its own community and to promiscuous ports',
  },
  promiscuous: {
    words: ['promisc', 'promiscuous'],
    synonyms: [],
    grouped: false,
    reachesAll: true,
    protected: false,
    rule: 'a promiscuous port talks to every port of its VLAN',
  },
} as const satisfies Record<string, RoleTraits>;

export type RoleKind = keyof typeof ROLE_TABLE;
/** A word that a portgroup's name may begin with to give its ports a role. */
export type RoleWord = (typeof ROLE_TABLE)[RoleKind]['words'][number];

/** In the order in which networks list them. */
export const ROLE_KINDS = ['isolated', 'community', 'promiscuous'] as const satisfies readonly RoleKind[];
export const ROLE_WORDS: readonly RoleWord[] = ROLE_KINDS.flatMap(
  (kind): readonly RoleWord[] => ROLE_TABLE[kind].words,
);

/** The role that a word of the convention, or a synonym of one, speaks of. */
export function roleKindOf(word: string): RoleKind | undefined {
  return ROLE_KINDS.find((kind) => {
    const { words, synonyms }: RoleTraits = ROLE_TABLE[kind];
    return words.includes(word) || synonyms.includes(word);
  });
}

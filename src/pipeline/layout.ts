/**
 * Where things stand in the flow tables. Frames only ever go forward: table 0 sorts them by the port they came in by,
 * the tables after `first` decide.
 */
export interface Layout {
  /** Shared with every other owner of flows on the bridge. */
  readonly classify: number;
  /** Frames of isolated and community guests: are they well formed, and are the link-layer addresses in them the sender's own? */
  readonly guard: number;
  /** Such frames that passed: are the IP addresses they come from the sender's own? */
  readonly address: number;
  /** Frames tagged with a VLAN of a Private VLAN: which kind of port brought them? */
  readonly arrival: number;
  /** Such frames from a guest outside the Private VLAN. */
  readonly stranger: number;
  /** Such frames from other switches. */
  readonly wire: number;
  /** Frames from other switches in a secondary VLAN: their senders are guests there. */
  readonly secondary: number;
  /** Frames whose second tag comes out on their way. */
  readonly nested: number;
  /** Frames whose sender is promiscuous. */
  readonly promiscuous: number;
  /**
   * Frames of guests from addresses of their own: which UDP ports do they name? A table of its own: addresses and ports compared
   * in one multiply the masks of the datapath, one after the other they add up.
   */
  readonly port: number;
  /** May the sender offer that service, or advertise that address? */
  readonly service: number;
  /** Frames of guests that passed all of this. */
  readonly guest: number;
  /** Visited by frames that go to guests by name, so that the switch goes on knowing where their sender is. */
  readonly learning: number;
  /** Frames that a guard refuses: dropped, and counted by the sender and the reason, which register 6 holds. */
  readonly refused: number;
  /** Visited by frames for a group: one slice of those who get them at a time (see flood-list.ts). */
  readonly flood: number;
  /** Priorities in the table that is shared. */
  readonly priorities: Readonly<Record<'PARKING_VLAN' | keyof typeof ABOVE_LOWEST, number>>;
}

/** How many consecutive tables the pipeline needs from `first` on. */
export const TABLES_NEEDED = 14;

/** Priorities in table 0, above the lowest: foreign flows above them come first, below them see only what is not ours. */
const ABOVE_LOWEST = {
  GUEST: 75,
  PROMISCUOUS: 65,
  FOREIGN: 56,
  CLOSED: 55,
  HIDDEN: 20,
  NATIVE: 15,
  CUSTOMER: 10,
  TAGGED: 5,
  NESTED: 0,
} as const;

/**
 * The layout with its own tables at `first` (1 to 254 - TABLES_NEEDED) and its priorities in table 0 from `lowest` on (1 to
 * 65000). Frames of the parking VLAN are dropped above everybody's flows, at 65535.
 */
export function layoutFrom(first: number, lowest: number): Layout {
  return {
    classify: 0,
    guard: first,
    address: first + 1,
    arrival: first + 2,
    stranger: first + 3,
    wire: first + 4,
    secondary: first + 5,
    promiscuous: first + 6,
    nested: first + 7,
    port: first + 8,
    service: first + 9,
    guest: first + 10,
    learning: first + 11,
    refused: first + 12,
    flood: first + 13,
    priorities: {
      PARKING_VLAN: 65535,
      GUEST: lowest + ABOVE_LOWEST.GUEST,
      PROMISCUOUS: lowest + ABOVE_LOWEST.PROMISCUOUS,
      FOREIGN: lowest + ABOVE_LOWEST.FOREIGN,
      CLOSED: lowest + ABOVE_LOWEST.CLOSED,
      HIDDEN: lowest + ABOVE_LOWEST.HIDDEN,
      NATIVE: lowest + ABOVE_LOWEST.NATIVE,
      CUSTOMER: lowest + ABOVE_LOWEST.CUSTOMER,
      TAGGED: lowest + ABOVE_LOWEST.TAGGED,
      NESTED: lowest + ABOVE_LOWEST.NESTED,
    },
  };
}

/** The numbers of all tables of `layout`, table 0 first. */
export function tablesOf(layout: Layout): readonly number[] {
  return [layout.classify, ...Array.from({ length: TABLES_NEEDED }, (_, index) => layout.guard + index)];
}

/** Priorities inside the pipeline's own tables. */
export const Step = {
  REFUSE: 250,
  SWITCHED: 220,
  EXACT: 200,
  RESERVED: 180,
  GROUP: 150,
  OWN: 140,
  HIDDEN: 130,
  PINNED: 120,
  COUNTED: 110,
  DEFAULT: 100,
} as const;

/** Priorities of the table for frames with a second tag. */
export const Nested = {
  HERE: 240,
  STOLEN: 220,
  TRUSTED: 200,
  FORGED: 180,
  REFUSED: 150,
  OWN: 140,
  PINNED: 120,
} as const;

/** Priorities of the tables that guard what guests say: what one may say is above what it may not. */
export const Guard = {
  REFUSE: 300,
  OWN: 250,
  OTHERS: 230,
  LINK_LOCAL: 220,
  PINNED: 200,
  ANYONE: 150,
  CHECKED: 120,
  DEFAULT: 100,
} as const;

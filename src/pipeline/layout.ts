/**
 * Where things stand in the flow tables. Frames only ever go forward: table 0 sorts them by the port they came in by,
 * the tables after `first` decide.
 */
export interface Layout {
  /** Shared with every other owner of flows on the bridge. */
  readonly classify: number;
  /** Frames of isolated and community guests. */
  readonly guest: number;
  /** Frames tagged with a primary VLAN: which kind of port brought them? */
  readonly arrival: number;
  /** Frames in a primary VLAN from a guest outside it. */
  readonly stranger: number;
  /** Frames in a primary VLAN from other switches. */
  readonly wire: number;
  /** Frames whose sender is promiscuous. */
  readonly promiscuous: number;
}

/** How many consecutive tables the pipeline needs from `first` on. */
export const TABLES_NEEDED = 5;

/** The layout with its own tables at `first` (1 to 254 - TABLES_NEEDED + 1). */
export function layoutFrom(first: number): Layout {
  return {
    classify: 0,
    guest: first,
    arrival: first + 1,
    stranger: first + 2,
    wire: first + 3,
    promiscuous: first + 4,
  };
}

/** Priorities in table 0; foreign flows above them come first, below them see only what is not ours. */
export const Classify = {
  PARKING_VLAN: 65535,
  GUEST: 220,
  PROMISCUOUS: 210,
  CLOSED: 200,
  NATIVE: 160,
  PRIMARY: 150,
} as const;

/** Priorities inside the pipeline's own tables. */
export const Step = {
  REFUSE: 250,
  EXACT: 200,
  GROUP: 150,
  DEFAULT: 100,
} as const;

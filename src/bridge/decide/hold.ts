/**
 * Everything that keeps a port with a role from being open, in the order in which it is told where several do. What each does
 * to the port is here and nowhere else:
 *
 * - `closes`: the flows that open the port are not among the flows that are wanted.
 * - `unmarks`: a mark that says that the port is installed goes.
 * - `blocks`: nothing that opens, releases or announces the port is written to its rows.
 */
export const HOLDS = {
  quarantined: { closes: true, unmarks: true, blocks: false },
  unnumbered: { closes: true, unmarks: true, blocks: false },
  /** ovs-vswitchd has not confirmed the VLAN setting that the role needs; for a promiscuous port it may have to be written yet. */
  unconfirmed: { closes: true, unmarks: true, blocks: false },
  /** The switch could die of the port's frames (see NormalSource). */
  'normal-crash': { closes: true, unmarks: true, blocks: true },
  refused: { closes: true, unmarks: true, blocks: true },
  'place-taken': { closes: true, unmarks: true, blocks: true },
  /** Until the first connection stands or has failed nobody knows that a mark is wrong: a restart of the agent must not take it. */
  connecting: { closes: false, unmarks: false, blocks: true },
  'no-connection': { closes: false, unmarks: true, blocks: true },
  /** What opens the port is wanted, and put back when the pause is over. */
  contended: { closes: false, unmarks: true, blocks: true },
} as const satisfies Readonly<Record<string, HoldKind>>;

interface HoldKind {
  readonly closes: boolean;
  readonly unmarks: boolean;
  readonly blocks: boolean;
}

export type HoldCode = keyof typeof HOLDS;

/** The one answer to "why is this port closed?": flows, marks, status, log, alarms and plan go by it. */
export interface Hold {
  readonly code: HoldCode;
  /** What is the case, without the name of the port. */
  readonly message: string;
  /** What the operator can do, where it does not solve itself. */
  readonly remedy: string | undefined;
  /** It asks for the operator: it will not solve itself. */
  readonly alarm: boolean;
  /** When it is tried again, on a monotonic clock in ms. */
  readonly retryAt?: number;
}

/** A hold and its remedy in one sentence. */
export function holdText({ message, remedy }: Hold): string {
  return remedy === undefined ? message : `${message}; ${remedy}`;
}

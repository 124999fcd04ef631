/** What a demonstration has shown. */
export interface Story {
  /** Frames or pings that got through and must not, with the agents at work, dead, and back. */
  readonly forbidden: number;
  /** Permitted ones that did not get through. */
  readonly missing: number;
  /** Permitted ones that got through more than once. */
  readonly doubled: number;
  /** Whether guests did reach each other without the agent; if not, the measurement itself is broken. */
  readonly openBefore: boolean;
  /** How to look around, as long as everything stays up. */
  readonly hints: readonly string[];
}

/** The closing line, which starts with `Result: `, and whether it is good. */
export function resultOf({ forbidden, missing, doubled, openBefore }: Story): {
  readonly line: string;
  readonly good: boolean;
} {
  const good = forbidden === 0 && missing === 0 && doubled === 0 && openBefore;
  const counts = `${forbidden} forbidden, ${missing} missing${doubled > 0 ? `, ${doubled} doubled` : ''}`;
  if (good) return { line: `Result: ${counts}; isolation holds`, good };
  let why = 'isolation holds, but not every permitted frame came once';
  if (forbidden > 0) why = 'isolation does NOT hold';
  else if (!openBefore) why = 'guests were apart even without the agent, so this proves nothing';
  return { line: `Result: ${counts}; ${why}`, good };
}

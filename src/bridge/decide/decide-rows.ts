import type { JudgedPort } from '../../desire/desired-bridge.ts';
import { memo } from '../../base/memo.ts';
import type { RowTransaction } from './decision.ts';
import { HOLDS, type Hold } from './hold.ts';
import { bearsMarks, rowChanges } from '../rows/row-difference.ts';

/** A port of the last acknowledged bundle: what its flows were for, and what it was open as, if it was. */
export interface ServedPort {
  readonly as: JudgedPort | undefined;
  readonly openAs: JudgedPort | undefined;
}

/**
 * The transaction that the rows of a port need now. What closes waits for nothing; what opens, releases or announces a port waits
 * until the flows of this very verdict are acknowledged, and for the end of a hold that blocks it.
 */
export function decideRow(judged: JudgedPort, hold: Hold | undefined, served: ServedPort): RowTransaction | undefined {
  const { tighten, loosen } = isMarkable(judged, hold, served) ? whenOpen(judged) : whenClosed(judged);
  const mayLoosen = loosen.length > 0 && served.as === judged && (hold === undefined || !HOLDS[hold.code].blocks);
  const operations = mayLoosen ? [...tighten, ...loosen] : tighten;
  return operations.length === 0 ? undefined : { judged, operations };
}

/** Whether the marks of an installed port may be on it: they stay while its flows are about to be, and are written when they are. */
function isMarkable(judged: JudgedPort, hold: Hold | undefined, { as, openAs }: ServedPort): boolean {
  if (hold !== undefined) return !HOLDS[hold.code].unmarks && bearsMarks(judged.port, judged.verdict);
  // A hold that has ended leaves flows that close the port until others are acknowledged.
  return as !== judged || openAs === judged;
}

const whenOpen = memo(({ port, verdict }: JudgedPort) => rowChanges(port, verdict, true));
const whenClosed = memo(({ port, verdict }: JudgedPort) => rowChanges(port, verdict, false));

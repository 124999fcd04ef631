import type { JudgedPort } from '../../desire/desired-bridge.ts';
import { memo } from '../../base/memo.ts';
import type { RowTransaction } from './decision.ts';
import { HOLDS, type Hold } from './hold.ts';
import type { Served } from './memory.ts';
import { bearsMarks, rowChanges } from '../rows/row-difference.ts';

/**
 * The transactions that the rows of `ports` need now. What closes waits for nothing; what opens, releases or announces a port waits
 * until the flows of this very verdict are acknowledged, and for the end of a hold that blocks it.
 */
export function decideRows(
  ports: readonly JudgedPort[],
  holds: ReadonlyMap<JudgedPort, Hold>,
  served: Served | undefined,
): readonly RowTransaction[] {
  return ports.flatMap((judged) => {
    const hold = holds.get(judged);
    const { tighten, loosen } = isMarkable(judged, hold, served) ? whenOpen(judged) : whenClosed(judged);
    const mayLoosen =
      loosen.length > 0 && served?.ports.has(judged) === true && (hold === undefined || !HOLDS[hold.code].blocks);
    const operations = mayLoosen ? [...tighten, ...loosen] : tighten;
    return operations.length === 0 ? [] : [{ judged, operations }];
  });
}

/** Whether the marks of an installed port may be on it: they stay while its flows are about to be, and are written when they are. */
function isMarkable(judged: JudgedPort, hold: Hold | undefined, served: Served | undefined): boolean {
  if (hold !== undefined) return !HOLDS[hold.code].unmarks && bearsMarks(judged.port, judged.verdict);
  // A hold that has ended leaves flows that close the port until others are acknowledged.
  return served?.ports.has(judged) !== true || served.open.get(judged.port.row._uuid) === judged;
}

const whenOpen = memo(({ port, verdict }: JudgedPort) => rowChanges(port, verdict, true));
const whenClosed = memo(({ port, verdict }: JudgedPort) => rowChanges(port, verdict, false));

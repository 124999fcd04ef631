import type { Flow } from '../openflow/flow.ts';
import { formatFlow } from '../openflow/format-flow.ts';
import { isOurs } from '../pipeline/cookie.ts';
import { tablesOf, type Layout } from '../pipeline/layout.ts';

/** More than this many are counted, not listed. */
const LISTED = 5;

/**
 * Flows of others that get in the way of the pipeline: in table 0 above our own, where they see our guests' frames first, and
 * in our own tables. Flows that only drop open nothing. The agent leaves them alone and tells the operator.
 */
export function foreignFlows(flows: readonly Flow[], ofports: ReadonlySet<number>, layout: Layout): readonly string[] {
  const ours = new Set(tablesOf(layout));
  const found = flows.filter((flow) => {
    if (isOurs(flow.cookie) || !ours.has(flow.table)) return false;
    if (flow.table !== layout.classify) return true;
    const drops = flow.actions.length === 0 && flow.gotoTable === undefined && flow.unknownInstructions === undefined;
    const concernsUs = flow.match.inPort === undefined || ofports.has(flow.match.inPort);
    return flow.priority >= layout.priorities.CLOSED && concernsUs && !drops;
  });
  const lines = found.slice(0, LISTED).map((flow) => {
    const where =
      flow.table === layout.classify ? 'comes before the Private VLAN flows' : "is in one of the agent's tables";
    return `a foreign flow ${where}; lower its priority, move it, or choose other tables: ${formatFlow(flow)}`;
  });
  return found.length > LISTED ? [...lines, `and ${found.length - LISTED} more such flows`] : lines;
}

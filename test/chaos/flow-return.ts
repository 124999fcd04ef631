import { filter, firstValueFrom, timeout } from 'rxjs';
import type { OpenFlowConnection } from '../../src/openflow/connection.ts';
import { flowKey } from '../../src/openflow/flow-key.ts';
import type { Flow } from '../../src/openflow/flow.ts';
import { hasFlowMonitor } from '../../src/openflow/release.ts';
import { COOKIE, COOKIE_MASK } from '../../src/pipeline/cookie.ts';
import { until } from '../lab/until.ts';
import { releaseAtHand } from '../support/release-at-hand.ts';

const TIMEOUT_MS = 10_000;

/** Deletes a flow of the agent's and waits until it is back; returns the instant at which it was deleted. */
export async function deleteUntilBack(connection: OpenFlowConnection, flow: Flow): Promise<number> {
  const isThis = (other: Flow): boolean => flowKey(other) === flowKey(flow);
  const remove = async (): Promise<number> => {
    await connection.commit([{ command: 'deleteStrict', flow, cookieMask: COOKIE_MASK }]);
    return performance.now();
  };
  if (!hasFlowMonitor(releaseAtHand())) {
    const since = await remove();
    const ours = { cookie: COOKIE, cookieMask: COOKIE_MASK, table: flow.table };
    const isBack = async (): Promise<boolean> => (await connection.readFlows(ours)).some(isThis);
    await until('the flow to be back', isBack, { timeout: TIMEOUT_MS });
    return since;
  }
  const back = firstValueFrom(
    connection.monitorFlows().pipe(
      filter((change) => 'flow' in change && change.event === 'added' && isThis(change.flow)),
      timeout(TIMEOUT_MS),
    ),
  );
  const since = await remove();
  await back;
  return since;
}

import { join } from 'node:path';
import { OpenFlowConnection } from '../../src/openflow/connection.ts';
import type { Flow } from '../../src/openflow/flow.ts';
import { COOKIE, COOKIE_MASK } from '../../src/pipeline/cookie.ts';
import type { Host } from '../lab/host.ts';

/** Reads the agent's flows on `host`, for `use` over the same connection. */
export async function readOurs<T>(
  host: Host,
  use: (connection: OpenFlowConnection, flows: Flow[]) => Promise<T>,
): Promise<T> {
  const connection = await OpenFlowConnection.connect(`unix:${join(host.rundir, 'br0.mgmt')}`);
  try {
    return await use(connection, await connection.readFlows({ cookie: COOKIE, cookieMask: COOKIE_MASK }));
  } finally {
    connection.close();
  }
}

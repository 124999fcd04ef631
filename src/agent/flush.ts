import { OpenFlowConnection } from '../openflow/connection.ts';
import type { FlowMod } from '../openflow/flow.ts';
import type { Operation } from '../ovsdb/operation.ts';
import { NO_FACTS } from '../pvlan/guest-facts.ts';
import { isParked } from '../pvlan/vlan-setting.ts';
import { COOKIE, COOKIE_MASK } from '../pipeline/cookie.ts';
import { messageOf } from '../base/thrown.ts';
import { openFlowRemote } from './openflow-remote.ts';
import { restoration } from '../bridge/row-difference.ts';
import { survey, type SwitchTables } from '../observe/survey.ts';
import type { SurveyedPort } from '../observe/surveyed-port.ts';

/** What was taken back on one bridge. */
export interface FlushedBridge {
  readonly bridge: string;
  readonly flows: number;
  readonly ports: readonly string[];
  /** Guests' ports that stay closed: whoever created them parked them (born parked), so that is what was put back. */
  readonly parked: readonly string[];
  /** What went wrong, if anything; the rest was done. Flows that cannot be removed leave the ports as they are. */
  readonly error: string | undefined;
}

/**
 * Takes back everything the agent did on this host: its flows, its marks, and the VLAN settings it replaced. Flows go first,
 * so that no port is opened under rules made for it closed. The caller holds the agents' lock.
 */
export async function flush(
  tables: SwitchTables,
  openflowFolder: string,
  transact: (operations: readonly Operation[]) => Promise<void>,
): Promise<readonly FlushedBridge[]> {
  const found = survey(tables, () => true, {
    portgroup: () => ({ kind: 'none', source: 'flush' }),
    isMoving: () => false,
    device: () => undefined,
    facts: () => ({ facts: NO_FACTS }),
  });
  const flushed: FlushedBridge[] = [];
  for (const [bridge, ports] of found) flushed.push(await flushBridge(bridge, ports, openflowFolder, transact));
  return flushed;
}

async function flushBridge(
  bridge: string,
  ports: readonly SurveyedPort[],
  openflowFolder: string,
  transact: (operations: readonly Operation[]) => Promise<void>,
): Promise<FlushedBridge> {
  const failures: string[] = [];
  const restored: string[] = [];
  let flows = 0;
  try {
    flows = await deleteFlows(openFlowRemote(openflowFolder, bridge));
  } catch (error) {
    return { bridge, flows, ports: restored, parked: [], error: messageOf(error) };
  }
  for (const port of ports) {
    if (port.settingProblem !== undefined) {
      const { message, remedy } = port.settingProblem;
      failures.push(`port ${port.name}: ${message}: ${remedy}`);
    }
    const operations = restoration(port);
    if (operations.length === 0) continue;
    try {
      await transact(operations);
      restored.push(port.name);
    } catch (error) {
      failures.push(`port ${port.name}: ${messageOf(error)}`);
    }
  }
  const parked = ports.filter(({ kind, vlan }) => kind === 'guest' && isParked(vlan)).map(({ name }) => name);
  return { bridge, flows, ports: restored, parked, error: failures.length === 0 ? undefined : failures.join('; ') };
}

async function deleteFlows(remote: string): Promise<number> {
  const connection = await OpenFlowConnection.connect(remote);
  try {
    const ours = await connection.readFlows({ cookie: COOKIE, cookieMask: COOKIE_MASK });
    const mods = ours.map((flow): FlowMod => ({ command: 'deleteStrict', flow, cookieMask: COOKIE_MASK }));
    if (mods.length > 0) await connection.commit(mods);
    return ours.length;
  } finally {
    connection.close();
  }
}

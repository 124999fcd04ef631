import { OpenFlowConnection } from '../openflow/connection.ts';
import { VersionRefused } from '../openflow/errors.ts';
import type { FlowMod } from '../openflow/flow.ts';
import type { Operation } from '../ovsdb/operation.ts';
import { NO_FACTS } from '../pvlan/guest-facts.ts';
import { isParked, unparked } from '../pvlan/vlan-setting.ts';
import { COOKIE, COOKIE_MASK } from '../pipeline/cookie.ts';
import { naturalOrder } from '../base/natural-order.ts';
import { messageOf } from '../base/thrown.ts';
import { unlockAll } from '../bridge/decide/decide-locks.ts';
import { PortConfigConnection } from '../openflow/port-config.ts';
import { openFlowRemote } from './openflow-remote.ts';
import { restoration } from '../bridge/rows/row-difference.ts';
import { survey, type SwitchTables } from '../observe/survey.ts';
import type { SurveyedPort } from '../observe/surveyed-port.ts';

/** What was taken back on one bridge. */
export interface FlushedBridge {
  readonly bridge: string;
  readonly flows: number;
  /** Ports that are what they were before, `parked` and `opened` ones aside. */
  readonly ports: readonly string[];
  /** Guests' ports that stay closed: whoever created them parked them (born parked), so that is what was put back. */
  readonly parked: readonly string[];
  /** Such ports that were opened instead, as `openParked` asked. */
  readonly opened: readonly string[];
  /** What went wrong, if anything; the rest was done. Flows that cannot be removed leave the ports as they are. */
  readonly error: string | undefined;
}

/** What flush needs besides the tables. */
export interface FlushOptions {
  /** Where ovs-vswitchd has the bridges' sockets. */
  readonly openflowFolder: string;
  /** Whether guests' ports that were parked from the beginning become ordinary ones; they stay closed otherwise. */
  readonly openParked: boolean;
  /** Changes the rows of one port, all or none. */
  readonly transact: (operations: readonly Operation[]) => Promise<void>;
}

/**
 * Takes back everything the agent did on this host: its flows, its marks, and the VLAN settings it replaced. Flows go first,
 * so that no port is opened under rules made for it closed. The caller holds the agents' lock.
 */
export async function flush(tables: SwitchTables, options: FlushOptions): Promise<readonly FlushedBridge[]> {
  const found = survey(tables, () => true, {
    portgroup: () => ({ kind: 'none', source: 'flush' }),
    isMoving: () => false,
    device: () => undefined,
    guestName: () => undefined,
    facts: () => ({ facts: NO_FACTS }),
  });
  const flushed: FlushedBridge[] = [];
  for (const [bridge, ports] of found) flushed.push(await flushBridge(bridge, [...ports.values()], options));
  return flushed;
}

async function flushBridge(
  bridge: string,
  ports: readonly SurveyedPort[],
  { openflowFolder, openParked, transact }: FlushOptions,
): Promise<FlushedBridge> {
  const failures: string[] = [];
  const restored: string[] = [];
  const parked: string[] = [];
  const opened: string[] = [];
  let flows = 0;
  try {
    flows = await deleteFlows(openFlowRemote(openflowFolder, bridge));
  } catch (error) {
    return { bridge, flows, ports: restored, parked, opened, error: messageOf(error) };
  }
  for (const port of ports.toSorted((a, b) => naturalOrder(a.name, b.name))) {
    if (port.settingProblem !== undefined) {
      const { message, remedy } = port.settingProblem;
      failures.push(`port ${port.name}: ${message}: ${remedy}`);
    }
    const bornParked = isBornParked(port);
    const operations = restoration(port, bornParked && openParked ? unparked(port.vlan) : port.vlan);
    try {
      if (operations.length > 0) await transact(operations);
      if (bornParked) (openParked ? opened : parked).push(port.name);
      else if (operations.length > 0) restored.push(port.name);
    } catch (error) {
      failures.push(`port ${port.name}: ${messageOf(error)}`);
    }
  }
  // What could not be put back keeps its second lock, too.
  if (failures.length === 0) {
    try {
      await unlockPorts(openFlowRemote(openflowFolder, bridge));
    } catch (error) {
      failures.push(`what is flooded still goes past the ports of guests: ${messageOf(error)}`);
    }
  }
  const error = failures.length === 0 ? undefined : failures.join('; ');
  return { bridge, flows, ports: restored, parked, opened, error };
}

/** Whether somebody else parked the guest's port; of one whose setting of before is lost, nobody knows. */
function isBornParked({ kind, vlan, original }: SurveyedPort): boolean {
  return kind === 'guest' && !original.isLost && isParked(vlan);
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

async function unlockPorts(remote: string): Promise<void> {
  let connection: PortConfigConnection;
  try {
    connection = await PortConfigConnection.connect(remote);
  } catch (error) {
    // Without OpenFlow 1.0 the agent has locked nothing.
    if (error instanceof VersionRefused) return;
    throw error;
  }
  try {
    const mods = unlockAll(await connection.ports());
    if (mods.length > 0) await connection.configure(mods);
  } finally {
    connection.close();
  }
}

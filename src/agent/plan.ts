import type { Config } from '../config/config.ts';
import type { LibvirtSources } from '../libvirt/sources.ts';
import { OpenFlowConnection } from '../openflow/connection.ts';
import type { Flow, FlowMod } from '../openflow/flow.ts';
import { COOKIE, COOKIE_MASK } from '../pipeline/cookie.ts';
import { layoutFrom, tablesOf } from '../pipeline/layout.ts';
import { portSetting } from '../pvlan/port-setting.ts';
import { flowDifference } from './flow-difference.ts';
import { indexFlows } from './flow-index.ts';
import { foreignFlows } from './foreign-flows.ts';
import { ForeignTables } from './foreign-tables.ts';
import { goals, type BridgeGoal, type JudgedPort } from './goal.ts';
import { guestSources } from './guest-sources.ts';
import { marksOf } from './marks.ts';
import { messageOf } from './message-of.ts';
import { missingBridges } from './missing-bridges.ts';
import { Obstacles } from './obstacles.ts';
import { openFlowRemote } from './openflow-remote.ts';
import { reportPort } from './port-report.ts';
import { bearsTraces, rowChanges } from './row-difference.ts';
import { encodeSetting } from './saved-setting.ts';
import type { PortStatus } from './status.ts';
import { wantedFlows } from './wanted-flows.ts';
import { survey, type SwitchTables } from './survey.ts';
import { currentSetting } from './original-setting.ts';

/** What `run` would change on one bridge. */
export interface BridgePlan {
  readonly bridge: string;
  /** The configuration names it and the host does not have it. */
  readonly missing: boolean;
  /** Set when it is missing, or its flows could not be read: `flows` then holds everything, as on an empty bridge. */
  readonly error: string | undefined;
  readonly flows: readonly FlowMod[];
  /** Flows of others that would be in the way, a line each. */
  readonly warnings: readonly string[];
  /** Ports whose rows would change, and what they would become, a line each. */
  readonly rows: readonly { readonly port: string; readonly change: string }[];
  readonly ports: readonly PortStatus[];
}

/** Works out what the agent would do on this host now. Reads only. */
export async function planChanges(
  tables: SwitchTables,
  config: Config,
  libvirt: LibvirtSources | undefined,
): Promise<readonly BridgePlan[]> {
  const inScope = (bridge: string): boolean => config.bridges?.includes(bridge) ?? true;
  const found = survey(tables, inScope, guestSources(config, libvirt));
  const plans = await Promise.all([...goals(found, config).values()].map((goal) => planBridge(goal, config)));
  const missing = missingBridges(config.bridges, tables.bridges).map(({ bridge, message, remedy }): BridgePlan => ({
    bridge,
    missing: true,
    error: `${message}; ${remedy}`,
    flows: [],
    warnings: [],
    rows: [],
    ports: [],
  }));
  return [...plans, ...missing];
}

async function planBridge(goal: BridgeGoal, config: Config): Promise<BridgePlan> {
  const layout = layoutFrom(config.tables.first, config.tables.lowestPriority);
  const wanted = indexFlows(wantedFlows(goal, () => true, layout));
  const installed = new Map<string, Flow>();
  const foreign = new ForeignTables(tablesOf(layout));
  let error: string | undefined;
  try {
    const connection = await OpenFlowConnection.connect(openFlowRemote(config.openflow, goal.bridge));
    try {
      const ours = await connection.readFlows({ cookie: COOKIE, cookieMask: COOKIE_MASK });
      for (const [key, flow] of indexFlows(ours)) installed.set(key, flow);
      await foreign.read(connection);
    } finally {
      connection.close();
    }
  } catch (reason) {
    error = messageOf(reason);
  }
  const { mods, conflicts } = flowDifference(installed, wanted, (key) => foreign.at(key));
  const obstacles = new Obstacles();
  obstacles.close(conflicts, new Set());
  const others = [...foreign.flows].filter((flow) => !obstacles.isCausedBy(flow));
  return {
    bridge: goal.bridge,
    missing: false,
    error,
    flows: mods,
    warnings: [
      ...obstacles.conditions(goal.bridge, goal.ports),
      ...foreignFlows(goal.bridge, others, wanted.values(), layout),
    ].map(({ message, remedy }) => `${message}; ${remedy}`),
    rows: goal.ports.flatMap(describeRows),
    ports: goal.ports.map((judged) => reportPort(judged, true, judged.port.installed)),
  };
}

function describeRows(judged: JudgedPort): readonly { port: string; change: string }[] {
  const { port, verdict } = judged;
  const { tighten, loosen } = rowChanges(port, verdict, port.ofports.length > 0 && verdict.kind !== 'quarantined');
  if (tighten.length + loosen.length === 0) return [];
  const now = encodeSetting(currentSetting(port.row));
  const next = encodeSetting(portSetting(verdict) ?? port.vlan);
  const marks = [...marksOf(verdict)].map(([key, value]) => `${key}=${value}`).join(' ');
  const parts = [now === next ? '' : `${now} → ${next}`, marks === '' ? (bearsTraces(port) ? 'no marks' : '') : marks];
  return [{ port: port.name, change: parts.filter((part) => part !== '').join(', ') }];
}

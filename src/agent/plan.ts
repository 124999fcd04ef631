import type { Config } from '../config/config.ts';
import type { LibvirtSources } from '../libvirt/sources.ts';
import { OpenFlowConnection } from '../openflow/connection.ts';
import type { FlowMod } from '../openflow/flow.ts';
import { COOKIE, COOKIE_MASK } from '../pipeline/cookie.ts';
import { layoutFrom, tablesOf, type Layout } from '../pipeline/layout.ts';
import { portSetting } from '../pvlan/port-setting.ts';
import type { VlanSetting } from '../pvlan/vlan-setting.ts';
import { conditionsOf } from '../bridge/report/conditions.ts';
import type { PortDecision } from '../bridge/decide/decision.ts';
import { indexFlows } from '../bridge/flows/flow-index.ts';
import { ForeignTables } from '../bridge/flows/foreign-tables.ts';
import { foresee, type FoundFlows } from '../bridge/decide/foresee.ts';
import { reportPort } from '../bridge/report/port-report.ts';
import { bearsTraces } from '../bridge/rows/row-difference.ts';
import { desiredBridges, type DesiredBridge } from '../desire/desired-bridge.ts';
import type { RoutersElsewhere } from '../pvlan/promiscuous-addresses.ts';
import { guestSources } from '../observe/guest-sources.ts';
import { marksOf } from '../observe/marks.ts';
import { naturalOrder } from '../base/natural-order.ts';
import { messageOf } from '../base/thrown.ts';
import { missingBridges } from '../host/missing-bridges.ts';
import { openFlowRemote } from './openflow-remote.ts';
import { currentSetting } from '../observe/original-setting.ts';
import { encodeSetting } from '../observe/saved-setting.ts';
import { reportPvlans } from '../bridge/report/pvlan-report.ts';
import type { PortStatus, PvlanStatus } from '../bridge/report/status.ts';
import { survey, type SwitchTables } from '../observe/survey.ts';

/** The release that a bridge is taken to be of whose switch cannot be asked. */
const CURRENT = '3.0.0';

/** What would become of the rows of one port. */
export interface RowPlan {
  readonly port: string;
  readonly change: string;
  /** The VLAN setting now. */
  readonly now: VlanSetting;
}

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
  readonly rows: readonly RowPlan[];
  readonly ports: readonly PortStatus[];
  readonly pvlans: readonly PvlanStatus[];
  /** How many flows of ours are there now; undefined where they could not be read. */
  readonly found: number | undefined;
}

/** Works out what the agent would do on this host now. Reads only. */
export async function planChanges(
  tables: SwitchTables,
  config: Config,
  libvirt: LibvirtSources | undefined,
  elsewhere?: RoutersElsewhere,
): Promise<readonly BridgePlan[]> {
  const inScope = (bridge: string): boolean => config.bridges?.includes(bridge) ?? true;
  const found = survey(tables, inScope, guestSources(config, libvirt));
  const plans = await Promise.all(
    [...desiredBridges(found, config, elsewhere).values()].map((desired) => planBridge(desired, config)),
  );
  const missing = missingBridges(config.bridges, tables).map(({ bridge, message, remedy }): BridgePlan => ({
    bridge,
    missing: true,
    error: `${message}; ${remedy}`,
    flows: [],
    warnings: [],
    rows: [],
    ports: [],
    pvlans: [],
    found: undefined,
  }));
  return [...plans, ...missing].sort((a, b) => naturalOrder(a.bridge, b.bridge));
}

async function planBridge(desired: DesiredBridge, config: Config): Promise<BridgePlan> {
  const layout = layoutFrom(config.tables.first, config.tables.lowestPriority);
  const { found, error } = await readFlows(desired.bridge, config, layout);
  const { flows, rows, observed } = foresee(layout, desired, found);
  const ports = [...rows.ports.values()].sort((a, b) => naturalOrder(a.judged.port.name, b.judged.port.name));
  const changed = new Set(rows.transactions.map(({ judged }) => judged));
  return {
    bridge: desired.bridge,
    missing: false,
    error,
    flows: flows.mods,
    warnings: conditionsOf(desired, observed, flows.memory, layout, flows.now)
      .filter(({ code }) => code === 'place-taken' || code === 'foreign-flow' || code === 'normal-crash')
      .map(({ message, remedy }) => `${message}; ${remedy}`),
    rows: ports.filter(({ judged }) => changed.has(judged)).map(describeRows),
    ports: ports.map(({ judged, hold }) => reportPort(judged, hold, judged.port.installed)),
    pvlans: reportPvlans(desired),
    found: error === undefined ? found.flows.size : undefined,
  };
}

/** The flows of a bridge now; none, and why, where they cannot be read. */
async function readFlows(
  bridge: string,
  config: Config,
  layout: Layout,
): Promise<{ readonly found: FoundFlows; readonly error: string | undefined }> {
  const foreign = new ForeignTables(tablesOf(layout));
  try {
    const connection = await OpenFlowConnection.connect(openFlowRemote(config.openflow, bridge));
    try {
      const ours = await connection.readFlows({ cookie: COOKIE, cookieMask: COOKIE_MASK });
      await foreign.read(connection);
      const { software } = connection.description;
      return { found: { flows: indexFlows(ours), foreign: foreign.flows, software }, error: undefined };
    } finally {
      connection.close();
    }
  } catch (reason) {
    // What is told is for a release that needs nothing special.
    return { found: { flows: indexFlows([]), foreign: new Map(), software: CURRENT }, error: messageOf(reason) };
  }
}

function describeRows({ judged, hold }: PortDecision): RowPlan {
  const { port, verdict } = judged;
  const setting = currentSetting(port.row);
  const now = encodeSetting(setting);
  const next = encodeSetting(portSetting(verdict) ?? port.vlan);
  const marks = hold === undefined ? [...marksOf(verdict)].map(([key, value]) => `${key}=${value}`).join(' ') : '';
  const parts = [now === next ? '' : `${now} → ${next}`, marks === '' ? (bearsTraces(port) ? 'no marks' : '') : marks];
  return { port: port.name, change: parts.filter((part) => part !== '').join(', '), now: setting };
}

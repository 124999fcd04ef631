import { planChanges, type BridgePlan } from '../../agent/plan.ts';
import type { BridgeStatus, PortStatus } from '../../bridge/report/status.ts';
import type { Config } from '../../config/config.ts';
import { STATUS_FORMAT, type UnattendedStatus } from '../../control/status.ts';
import { portOf } from '../../pipeline/cookie.ts';
import { databaseReady, openDatabase } from '../database.ts';
import { openLibvirt } from '../libvirt.ts';

/** How long the database is waited for, in milliseconds. */
const PATIENCE_MS = 500;

/** What the switch, its database and libvirt tell of this host while no agent runs. Reads only. @throws CommandError */
export async function unattendedStatus(config: Config, version: string): Promise<UnattendedStatus> {
  const database = openDatabase(config);
  await databaseReady(database, { reach: PATIENCE_MS, content: PATIENCE_MS });
  try {
    const libvirt = await openLibvirt(config, () => undefined);
    const plans = await planChanges(database, config, libvirt);
    await libvirt?.close();
    return {
      format: STATUS_FORMAT,
      version,
      mode: 'stopped',
      database: { connected: true, detail: `synced ${config.ovsdb.join(', ')}` },
      bridges: plans.filter(({ missing }) => !missing).map(bridgeStatus),
      alarms: [],
      advice: [],
    };
  } finally {
    database.close();
  }
}

function bridgeStatus(plan: BridgePlan): BridgeStatus {
  return {
    name: plan.bridge,
    pvlans: plan.pvlans,
    openflow: plan.error === undefined ? 'up' : 'down',
    error: plan.error,
    flows: plan.found,
    repairs: undefined,
    ports: plan.ports.map((port) => portStatus(port, plan)),
  };
}

/** What a port's rows say of it counts only where nothing of it is missing. */
function portStatus(port: PortStatus, { flows, rows, error }: BridgePlan): PortStatus {
  if (port.state === 'installing') return { ...port, waitsFor: 'an agent to set it up' };
  if (port.state !== 'installed') return port;
  const missing = flows.filter(({ flow }) => portOf(flow.cookie) === port.ofport).length;
  if (error === undefined && missing === 0 && rows.every((row) => row.port !== port.name)) return port;
  return {
    ...port,
    state: 'installing',
    waitsFor: error ?? 'an agent: its flows or its row are not as they should be',
  };
}

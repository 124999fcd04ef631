import { openFlowRemote } from '../../agent/openflow-remote.ts';
import { messageOf } from '../../base/thrown.ts';
import { ForeignTables } from '../../bridge/flows/foreign-tables.ts';
import { bridgeConditions } from '../../bridge/report/bridge-conditions.ts';
import type { Config } from '../../config/config.ts';
import { hostConditions } from '../../host/host-conditions.ts';
import { readHostNetworks } from '../../libvirt/host-network.ts';
import { OpenFlowConnection } from '../../openflow/connection.ts';
import { COOKIE, COOKIE_MASK } from '../../pipeline/cookie.ts';
import { layoutFrom, tablesOf } from '../../pipeline/layout.ts';
import { fetchStatus } from '../control-client.ts';
import { readUnlisted } from '../drops/read-drops.ts';
import { survey } from '../inspection.ts';
import type { DatabaseFacts, Found, HostFacts, OpenFlowFacts } from './facts.ts';

/** Finds out all that the checks look at. Never rejects: what cannot be found out is a fact, too. */
export async function collect(config: Config): Promise<HostFacts> {
  const database = await found<DatabaseFacts>(
    () =>
      survey(config, ({ bridges, database: tables }) =>
        Promise.resolve({
          bridges,
          conditions: [
            ...hostConditions(tables, config.bridges),
            ...bridges.flatMap((bridge) => bridgeConditions(bridge, tables)),
          ],
        }),
      ),
    'start what is missing, or name where it is: --ovsdb, --libvirt-state-dir',
  );
  const bridges = 'value' in database ? database.value.bridges : [];
  const { libvirt } = config;
  const [openflow, networks, agent, unlisted] = await Promise.all([
    Promise.all(bridges.map(async ({ bridge }) => [bridge, await openFlowFacts(bridge, config)] as const)),
    libvirt === 'none'
      ? ('none' as const)
      : found(() => readHostNetworks(libvirt), 'run this on the hypervisor, or mount the folders'),
    found(() => fetchStatus(config.control), "start the agent: 'pvlan-agent run', or its service"),
    readUnlisted(bridges, config.openflow),
  ]);
  return { config, node: process.versions.node, database, openflow: new Map(openflow), networks, agent, unlisted };
}

function openFlowFacts(bridge: string, config: Config): Promise<Found<OpenFlowFacts>> {
  const layout = layoutFrom(config.tables.first, config.tables.lowestPriority);
  return found(async () => {
    const connection = await OpenFlowConnection.connect(openFlowRemote(config.openflow, bridge));
    try {
      const foreign = new ForeignTables(tablesOf(layout));
      const ours = await connection.readFlows({ cookie: COOKIE, cookieMask: COOKIE_MASK });
      await foreign.read(connection);
      return { software: connection.description.software, ours, foreign: [...foreign.flows.values()] };
    } finally {
      connection.close();
    }
  }, 'start ovs-vswitchd, or name its run folder with --openflow');
}

async function found<T>(look: () => Promise<T>, remedy: string): Promise<Found<T>> {
  try {
    return { value: await look() };
  } catch (error) {
    return { problem: messageOf(error), remedy };
  }
}

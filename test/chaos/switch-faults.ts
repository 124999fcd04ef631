import { join } from 'node:path';
import { filter, firstValueFrom, timeout } from 'rxjs';
import { OpenFlowConnection } from '../../src/openflow/connection.ts';
import { flowKey } from '../../src/openflow/flow-key.ts';
import type { Flow } from '../../src/openflow/flow.ts';
import { COOKIE, COOKIE_MASK } from '../../src/pipeline/cookie.ts';
import type { Host } from '../lab/host.ts';
import { addPortArguments } from '../lab/port.ts';
import { UPLINK } from '../lab/upstream.ts';
import { OURS, type Fault } from './fault.ts';
import type { Guest } from './guest.ts';

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

/** The arguments of `ovs-vsctl` that plug a guest in again as it was at its birth, in its present role. */
function portAgain({ endpoint, host, role, bornParked }: Guest): string[] {
  const { name, mac, ifaceId = '', vmId = '' } = endpoint;
  const options = { name, mac, portProfile: role, bornParked };
  return addPortArguments(options, { ifaceId, vmId }, { stream: join(host.folder, 'nic', name) });
}

/** Somebody changes flows, ports or the bridge itself. */
export const SWITCH_FAULTS: readonly Fault[] = [
  {
    name: 'a flow is deleted',
    flowless: true,
    happen: async (world, { host }) =>
      readOurs(host, async (connection, flows) => {
        const flow = world.random.pick(flows);
        if (flow === undefined) return performance.now();
        const back = firstValueFrom(
          connection.monitorFlows().pipe(
            filter((change) => 'flow' in change && change.event === 'added' && flowKey(change.flow) === flowKey(flow)),
            timeout(10_000),
          ),
        );
        await connection.commit([{ command: 'deleteStrict', flow, cookieMask: COOKIE_MASK }]);
        const since = performance.now();
        await back;
        world.flowBackMs.push(performance.now() - since);
        return since;
      }),
  },
  {
    name: "all of the agent's flows are deleted",
    flowless: true,
    happen: async (_, { host }) =>
      readOurs(host, async (connection, flows) => {
        await connection.commit(flows.map((flow) => ({ command: 'deleteStrict', flow, cookieMask: COOKIE_MASK })));
        return performance.now();
      }),
  },
  {
    name: 'all tables are emptied',
    flowless: true,
    happen: async (_, { host }) => {
      await host.ofctl('del-flows', 'br0');
      await host.ofctl('add-flow', 'br0', 'priority=0,actions=NORMAL');
      return performance.now();
    },
  },
  {
    name: 'flows are changed to drop',
    happen: async (_, { host }) => {
      await host.ofctl('mod-flows', 'br0', `${OURS},actions=drop`);
      return performance.now();
    },
  },
  {
    name: 'a port gets another number',
    happen: async (world, { host, guests }) => {
      const guest = world.random.pick([...guests]);
      if (guest === undefined) return performance.now();
      const number = 1000 + world.random.below(50_000);
      await host.vsctl('set', 'Interface', guest.name, `ofport_request=${number}`);
      return performance.now();
    },
  },
  {
    name: 'marks are erased',
    happen: async (_, { host, guests }) => {
      for (const guest of guests)
        await host.vsctl(
          '--no-wait',
          'remove',
          'Interface',
          guest.name,
          'external_ids',
          'pvlan-installed',
          'pvlan-role',
        );
      return performance.now();
    },
  },
  {
    name: 'the bridge changes its datapath type and back',
    flowless: true,
    happen: async (_, { host }) => {
      await host.vsctl('set', 'Bridge', 'br0', 'datapath_type=dummy');
      await host.vsctl('set', 'Bridge', 'br0', 'datapath_type=netdev');
      return performance.now();
    },
  },
  {
    name: 'the bridge changes its fail mode and back',
    flowless: true,
    happen: async (_, { host }) => {
      await host.vsctl('set-fail-mode', 'br0', 'secure');
      await host.vsctl('del-fail-mode', 'br0');
      return performance.now();
    },
  },
  {
    name: 'the bridge is made anew with all its ports',
    flowless: true,
    happen: async (world, site) => {
      const { host, guests } = site;
      await host.vsctl('del-br', 'br0');
      for (const guest of guests) guest.replug();
      const columns = ['datapath_type=netdev', 'protocols=OpenFlow10,OpenFlow14,OpenFlow15'];
      await host.vsctl(
        ...['--', 'add-br', 'br0', '--', 'set', 'Bridge', 'br0', ...columns, '--', 'add-port', 'br0', UPLINK],
        ...[...guests].flatMap(portAgain),
      );
      await world.visit(site);
      return performance.now();
    },
  },
  {
    name: 'a number passes from one port to another',
    happen: async (world, { host, guests }) => {
      const [one, other] = guests;
      if (one === undefined || other === undefined) return performance.now();
      const number = await one.endpoint.ofport();
      // The first gives it up before the second takes it: were both to happen at once, frames under way to the old holder would
      // reach the new one.
      await host.vsctl('set', 'Interface', one.name, `ofport_request=${60_000 + world.random.below(1000)}`);
      await world.settled();
      await host.vsctl('set', 'Interface', other.name, `ofport_request=${number}`);
      return performance.now();
    },
  },
];

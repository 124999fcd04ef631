import { COOKIE_MASK } from '../../src/pipeline/cookie.ts';
import { bridgeAgain } from './bridge-again.ts';
import { until } from '../lab/until.ts';
import { OURS, pause, type Fault } from './fault.ts';
import { deleteUntilBack } from './flow-return.ts';
import { isOpen } from './guest.ts';
import { readOurs } from './read-ours.ts';

/** Somebody changes flows, ports or the bridge itself. */
export const SWITCH_FAULTS: readonly Fault[] = [
  {
    name: 'a flow is deleted',
    flowless: true,
    keepsLocks: true,
    happen: async (world, { host }) =>
      readOurs(host, async (connection, flows) => {
        const flow = world.random.pick(flows);
        if (flow === undefined) return performance.now();
        const since = await deleteUntilBack(connection, flow);
        world.flowBackMs.push(performance.now() - since);
        return since;
      }),
  },
  {
    name: "all of the agent's flows are deleted",
    flowless: true,
    keepsLocks: true,
    happen: async (_, { host }) =>
      readOurs(host, async (connection, flows) => {
        await connection.commit(flows.map((flow) => ({ command: 'deleteStrict', flow, cookieMask: COOKIE_MASK })));
        return performance.now();
      }),
  },
  {
    name: 'all tables are emptied',
    flowless: true,
    keepsLocks: true,
    happen: async (_, { host, controller }) => {
      await host.ofctl('del-flows', 'br0');
      if (controller === undefined) await host.ofctl('add-flow', 'br0', 'priority=0,actions=NORMAL');
      else await controller.install();
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
      guest.unserve();
      const number = 1000 + world.random.below(50_000);
      await host.vsctl('set', 'Interface', guest.name, `ofport_request=${number}`);
      return performance.now();
    },
  },
  {
    name: 'marks are erased',
    happen: async (_, { host, guests }) => {
      const erased = (table: string, name: string, ...keys: string[]): string[] => [
        ...['--', 'remove', table, name, 'external_ids', ...keys],
      ];
      for (const { name, bornParked } of guests)
        await host.vsctl(
          ...['--no-wait', ...erased('Interface', name, 'pvlan-installed', 'pvlan-role')],
          // What another port had been before it was parked, nobody else could tell.
          ...(bornParked ? erased('Port', name, 'pvlan-saved') : []),
        );
      return performance.now();
    },
  },
  {
    name: 'the bridge changes its datapath type and back',
    flowless: true,
    happen: async (_, { host, controller }) => {
      await host.vsctl('set', 'Bridge', 'br0', 'datapath_type=dummy');
      await host.vsctl('set', 'Bridge', 'br0', 'datapath_type=netdev');
      await controller?.settled();
      return performance.now();
    },
  },
  {
    name: 'the bridge changes its fail mode and back',
    flowless: true,
    keepsLocks: true,
    happen: async (_, { host, controller }) => {
      const modes = [
        ['set-fail-mode', 'br0', 'secure'],
        ['del-fail-mode', 'br0'],
      ];
      for (const mode of controller === undefined ? modes : modes.reverse()) await host.vsctl(...mode);
      await controller?.install();
      return performance.now();
    },
  },
  {
    name: 'the bridge is made anew with all its ports',
    flowless: true,
    happen: async (world, site) => {
      await site.host.vsctl('del-br', 'br0');
      for (const guest of site.guests) guest.replug();
      await site.host.vsctl(...bridgeAgain(site));
      await site.controller?.settled();
      await world.visit(site);
      return performance.now();
    },
  },
  {
    name: 'a port is moved to another bridge and back',
    happen: async (world, { host, guests }) => {
      const guest = world.random.pick([...guests]);
      if (guest === undefined) return performance.now();
      const port = await host.vsctl('get', 'Port', guest.name, '_uuid');
      const moved = (from: string, to: string): string[] => [
        ...['--', 'remove', 'Bridge', from, 'ports', port, '--', 'add', 'Bridge', to, 'ports', port],
      ];
      await host.addBridge('br1');
      // What is not parked is an ordinary port of a bridge until the agent has acted there.
      if (isOpen(guest.role)) guest.replug();
      else guest.unserve();
      await host.vsctl(...moved('br0', 'br1'));
      await pause(world);
      await host.vsctl(...moved('br1', 'br0'), '--', 'del-br', 'br1');
      await until('the endpoint to be connected', () => guest.endpoint.connected);
      return performance.now();
    },
  },
  {
    name: 'a port that ovs-vswitchd cannot add comes and goes',
    happen: async (world, { host }) => {
      const ids = ['port-profile=isolated-2102', 'attached-mac=02:00:00:00:bb:ad', 'iface-id=bad'];
      await host.vsctl(
        ...['--no-wait', '--', 'add-port', 'br0', 'bad', 'trunks=4095'],
        // A tunnel to nowhere.
        ...['--', 'set', 'Interface', 'bad', 'type=vxlan', ...ids.map((id) => `external_ids:${id}`)],
      );
      await until(
        'ovs-vswitchd to give up',
        async () => (await host.vsctl('get', 'Interface', 'bad', 'ofport')) === '-1',
      );
      await pause(world);
      await host.vsctl('del-port', 'bad');
      return performance.now();
    },
  },
  {
    name: 'a number passes from one port to another',
    happen: async (world, { host, guests }) => {
      const [one, other] = guests;
      if (one === undefined || other === undefined) return performance.now();
      const number = await one.endpoint.ofport();
      one.unserve();
      // The first gives it up before the second takes it: were both to happen at once, frames under way to the old holder would
      // reach the new one.
      await host.vsctl('set', 'Interface', one.name, `ofport_request=${60_000 + world.random.below(1000)}`);
      await world.settled();
      other.unserve();
      await host.vsctl('set', 'Interface', other.name, `ofport_request=${number}`);
      return performance.now();
    },
  },
];

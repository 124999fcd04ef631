import { layCable } from '../lab/netns.ts';
import { SWITCH_BRIDGE, UPLINK } from '../lab/upstream.ts';
import { until } from '../lab/until.ts';
import type { Host } from '../lab/host.ts';
import type { BondMode, Place, Topology } from './topology.ts';

type Hosts = Readonly<Record<Place, Host>>;

const BOND = 'bond0';
const SECOND_UPLINK = 'up1';
const LACP = ['bond_mode=balance-tcp', 'lacp=active', 'other_config:lacp-time=fast'];

/** What the hypervisors' uplinks are to be, the same for all test cases of a play. */
export function bondOf(topologies: readonly Topology[]): BondMode | undefined {
  const [bond, ...others] = new Set(topologies.map((one) => one.bond));
  if (others.length > 0) throw new RangeError('test cases with other uplinks are played apart');
  if (bond !== undefined && topologies.some(({ nativeUplinks }) => nativeUplinks)) {
    throw new RangeError('a test case about the native VLAN has no bonds');
  }
  return bond;
}

/** Lays a second cable from the physical switch to each hypervisor; no bridge has it yet. */
export async function laySecondCables(upstream: Host, hypervisors: readonly Host[]): Promise<void> {
  for (const { name, netns } of hypervisors) {
    await layCable({ netns: upstream.netns, name: second(name) }, { netns, name: SECOND_UPLINK });
  }
}

const inForce = new WeakMap<Hosts, BondMode>();

/** Makes the hypervisors' uplinks bonds of both cables, or single cables again, and returns when frames pass. */
export async function setBond(hosts: Hosts, bond: BondMode | undefined): Promise<void> {
  if (inForce.get(hosts) === bond) return;
  const { upstream } = hosts;
  for (const name of ['a', 'b'] as const) {
    const ends = [`to-${name}`, second(name)];
    const lag = `lag-${name}`;
    await hosts[name].vsctl(...without('br0', [UPLINK, BOND]));
    await upstream.vsctl(...without(SWITCH_BRIDGE, [...ends, lag]));
    if (bond === undefined) {
      await upstream.addDevice(SWITCH_BRIDGE, `to-${name}`);
      await hosts[name].addDevice('br0', UPLINK);
      continue;
    }
    const withLacp = bond === 'balance-tcp';
    // Nothing is moved between members while frames are counted.
    const columns = withLacp ? LACP : [`bond_mode=${bond}`, 'other_config:bond-rebalance-interval=0'];
    if (withLacp) await upstream.vsctl('add-bond', SWITCH_BRIDGE, lag, ...ends, ...LACP);
    else for (const end of ends) await upstream.addDevice(SWITCH_BRIDGE, end);
    await hosts[name].vsctl('add-bond', 'br0', BOND, UPLINK, SECOND_UPLINK, ...columns);
  }
  if (bond === undefined) inForce.delete(hosts);
  else {
    for (const name of ['a', 'b'] as const)
      await until('the bond to serve', () => isServing(hosts[name], upstream, bond));
    inForce.set(hosts, bond);
  }
}

/** The physical switch's ends of the cables that are in use. */
export async function cableEnds(upstream: Host): Promise<string[]> {
  const ends = ['a', 'b'].flatMap((name) => [`to-${name}`, second(name)]);
  const used = (await upstream.vsctl('list-ifaces', SWITCH_BRIDGE)).split('\n');
  return ends.filter((end) => used.includes(end));
}

async function isServing(host: Host, upstream: Host, bond: BondMode): Promise<boolean> {
  if (bond !== 'balance-tcp') return (await host.vsctl('get', 'Port', BOND, 'bond_active_slave')) !== '[]';
  const agreed = async (one: Host, members: readonly string[]): Promise<boolean> => {
    const asked = members.flatMap((member) => ['--', 'get', 'Interface', member, 'lacp_current']);
    return !(await one.vsctl(...asked)).includes('false');
  };
  const ends = [`to-${host.name}`, second(host.name)];
  return (await agreed(host, [UPLINK, SECOND_UPLINK])) && (await agreed(upstream, ends));
}

function without(bridge: string, ports: readonly string[]): string[] {
  return ports.flatMap((port) => ['--', '--if-exists', 'del-port', bridge, port]);
}

function second(name: string): string {
  return `to-${name}-2`;
}

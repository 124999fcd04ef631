import { UPLINK } from '../lab/upstream.ts';
import { SlotVlans } from './network.ts';
import type { Host } from '../lab/host.ts';
import type { Place, Topology } from './topology.ts';

/** The VLAN that the cables between the switches are to carry without a tag, if any. */
export function nativeVlanOf(topologies: readonly Topology[]): number | undefined {
  if (!topologies.some((one) => one.nativeUplinks)) return undefined;
  if (topologies.length > 1) throw new RangeError('a test case about the native VLAN is played alone');
  return new SlotVlans(0).ordinary;
}

const inForce = new WeakMap<Host, number>();

/** Makes `vlan` the native VLAN at both ends of every cable; undefined for none. */
export async function setNativeVlan(hosts: Readonly<Record<Place, Host>>, vlan: number | undefined): Promise<void> {
  for (const host of Object.values(hosts)) {
    if (inForce.get(host) === vlan) continue;
    for (const port of host === hosts.upstream ? ['to-a', 'to-b'] : [UPLINK]) {
      const columns = vlan === undefined ? ['vlan_mode=[]', 'tag=[]'] : ['vlan_mode=native-untagged', `tag=${vlan}`];
      await host.vsctl('set', 'Port', port, ...columns);
    }
    if (vlan === undefined) inForce.delete(host);
    else inForce.set(host, vlan);
  }
}

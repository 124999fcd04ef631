import { SWITCH_BRIDGE } from '../lab/upstream.ts';
import { cableEnds } from './uplinks.ts';
import type { Endpoint } from '../lab/endpoint.ts';
import type { Host } from '../lab/host.ts';
import type { Plugged } from './network.ts';
import type { Pvlan } from './station.ts';

/**
 * Makes the physical switch one that knows the Private VLANs with secondary VLANs (RFC 5517 section 3): what comes in a
 * secondary VLAN passes on in it, and goes to the promiscuous ports of the primary besides. Everything else stays plain.
 */
export async function teachUpstream(
  host: Host,
  pvlans: readonly Pvlan[],
  ports: readonly Plugged[],
  endpoints: ReadonlyMap<string, Endpoint>,
): Promise<void> {
  await host.ofctl('del-flows', SWITCH_BRIDGE);
  await host.ofctl('add-flow', SWITCH_BRIDGE, 'priority=0,actions=NORMAL');
  const uplinks = await linkPorts(host);
  for (const { primary, secondaries } of pvlans) {
    const outputs: string[] = [];
    for (const { station } of ports) {
      const { port } = station;
      if (port.kind !== 'promiscuous' || port.pvlan.primary !== primary || station.place !== 'upstream') continue;
      const ofport = (await endpoints.get(station.name)?.ofport()) ?? 0;
      outputs.push(
        port.tagged ? `set_field:${4096 + primary}->vlan_vid,output:${ofport}` : `pop_vlan,output:${ofport}`,
      );
    }
    // Tagged outputs first: after pop_vlan there is no tag to set.
    const actions = ['NORMAL', ...outputs.sort().reverse()];
    if (outputs.length === 0) continue;
    for (const vid of secondaries) {
      for (const uplink of uplinks) {
        const flow = `priority=10,in_port=${uplink},dl_vlan=${vid},actions=${popOnce(actions)}`;
        await host.ofctl('add-flow', SWITCH_BRIDGE, flow);
      }
    }
  }
}

/** OpenFlow port numbers of the cables to the hypervisors. */
async function linkPorts(host: Host): Promise<string[]> {
  return Promise.all((await cableEnds(host)).map((name) => host.vsctl('get', 'Interface', name, 'ofport')));
}

/** The tag is taken off once, before the first output that goes without. */
function popOnce(actions: readonly string[]): string {
  let popped = false;
  return actions
    .map((action) => {
      if (!action.startsWith('pop_vlan,')) return action;
      const first = !popped;
      popped = true;
      return first ? action : action.slice('pop_vlan,'.length);
    })
    .join(',');
}

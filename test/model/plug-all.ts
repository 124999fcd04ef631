import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { Endpoint } from '../lab/endpoint.ts';
import { addPortArguments } from '../lab/port.ts';
import { SWITCH_BRIDGE } from '../lab/upstream.ts';
import { until } from '../lab/until.ts';
import type { Host } from '../lab/host.ts';
import type { PlugOptions } from '../lab/port.ts';

/** Plugs endpoints into a host in one OVSDB transaction, a tenth of the time that one after the other takes. */
export async function plugAll(host: Host, plugs: readonly Omit<PlugOptions, 'bridge'>[]): Promise<Endpoint[]> {
  if (plugs.length === 0) return [];
  const bridge = (await host.vsctl('list-br')).includes(SWITCH_BRIDGE) ? SWITCH_BRIDGE : 'br0';
  const endpoints: Endpoint[] = [];
  const args: string[] = [];
  for (const plug of plugs) {
    const ids = plug.ifaceId === false ? undefined : { ifaceId: randomUUID(), vmId: randomUUID() };
    const stream = join(host.folder, 'nic', plug.name);
    const identity = { name: plug.name, mac: plug.mac, bridge, ifaceId: ids?.ifaceId, vmId: ids?.vmId };
    const endpoint = new Endpoint(host, stream, identity, (closed) => host.endpoints.delete(closed));
    await endpoint.listen();
    host.endpoints.add(endpoint);
    endpoints.push(endpoint);
    args.push(...addPortArguments({ ...plug, bridge }, ids, { stream }));
  }
  await host.vsctl(...args);
  for (const endpoint of endpoints) {
    await until(`ovs-vswitchd of ${host.name} to connect to ${endpoint.name}`, () => endpoint.connected);
  }
  return endpoints;
}

/** Takes every endpoint away from the host, in one transaction. */
export async function unplugAll(host: Host): Promise<void> {
  const endpoints = [...host.endpoints];
  if (endpoints.length === 0) return;
  await host.vsctl(...endpoints.flatMap(({ name }) => ['--', '--if-exists', 'del-port', name]));
  for (const endpoint of endpoints) endpoint.close();
}

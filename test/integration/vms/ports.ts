import type { Host } from '../../lab/host.ts';
import type { Mac } from '../../lab/ethernet.ts';
import { findPort, portOf } from '../../lifecycle/newborn.ts';

export { findPort, portOf };

/** A column of an Interface row, without the quotation marks of ovs-vsctl; empty when there is no such key. */
export async function interfaceColumn(host: Host, port: string, column: string): Promise<string> {
  const text = await host.vsctl('--if-exists', 'get', 'Interface', port, column);
  return text.replaceAll('"', '');
}

/** Waits, as an orchestrator would, until the agent says that the port's flows are in force. */
export async function installed(host: Host, ...macs: readonly Mac[]): Promise<void> {
  for (const mac of macs) {
    const port = await portOf(host, mac);
    await host.vsctl('wait-until', 'Interface', port, 'external_ids:pvlan-installed=true');
  }
}

/** What external_ids say of the port as the agent's own words: `isolated 2102`; empty without marks. */
export async function marks(host: Host, mac: Mac): Promise<string> {
  const port = await portOf(host, mac);
  const keys = ['pvlan-installed', 'pvlan-role', 'pvlan-primary', 'pvlan-community'];
  const values: string[] = [];
  for (const key of keys) values.push(await interfaceColumn(host, port, `external_ids:${key}`));
  return values.filter((value) => value !== '').join(' ');
}

/** The bridge's flows that speak of this MAC or of this OpenFlow port. */
export async function flowsOf(host: Host, what: { readonly mac: Mac; readonly ofport?: string }): Promise<string[]> {
  const flows = (await host.ofctl('--no-names', '--no-stats', 'dump-flows', 'br0')).split('\n');
  const port = what.ofport === undefined ? undefined : new RegExp(`(in_port=|output:)${what.ofport}\\b`);
  return flows.filter((flow) => flow.includes(what.mac) || port?.test(flow) === true).map((flow) => flow.trim());
}

/** Every flow of the bridge, in an order that does not depend on when it was added. */
export async function allFlows(host: Host): Promise<string[]> {
  return (await host.ofctl('--no-names', '--no-stats', 'dump-flows', 'br0')).split('\n').sort();
}

/** Takes from a port all that agents wrote, while none runs, and their flows from the bridge. */
export async function stripPort(host: Host, port: string): Promise<void> {
  const keys = ['pvlan-installed', 'pvlan-role', 'pvlan-primary', 'pvlan-community', 'pvlan-nic'];
  await host.vsctl(
    ...['--', 'remove', 'Interface', port, 'external_ids', ...keys],
    ...['--', 'remove', 'Port', port, 'external_ids', 'pvlan-saved'],
    ...['--', 'clear', 'Port', port, 'vlan_mode', '--', 'clear', 'Port', port, 'trunks'],
    ...['--', 'set', 'Port', port, 'protected=false'],
  );
  await host.ofctl('del-flows', 'br0', 'cookie=0x7076000000000000/0xffff000000000000');
}

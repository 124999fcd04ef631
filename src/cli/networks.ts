import type { LoadedConfig } from '../config/config.ts';
import { readIpPrefix } from '../pvlan/ip-prefix.ts';
import { vlanId, type VlanId } from '../pvlan/vlan-id.ts';
import { CommandError, ExitCode } from './exit-code.ts';
import { readHostNetworks } from '../libvirt/host-network.ts';
import { checkNetworks, defaultsOf, likeCommunities } from './network-check.ts';
import { networkXml, portgroupsOf, type NetworkOptions } from './network-xml.ts';
import { printableLine } from './printable.ts';
import { routerConfig, routerTools, type RouterTool } from './router-config.ts';
import { formatTable } from './table.ts';

/** A VLAN id of the command line. @throws CommandError */
export function primaryOf(value: unknown): VlanId {
  const given = text(value);
  if (given === undefined) throw usage('--primary is missing: it is the VLAN id, 1 to 4094');
  const vlan = /^[0-9]{1,4}$/.test(given) ? vlanId(Number(given)) : undefined;
  if (vlan === undefined) throw usage(`--primary ${given}: a VLAN id from 1 to 4094 is needed`);
  return vlan;
}

/** Prints network XML with portgroups that are born parked. @throws CommandError */
export function printNetworkXml(options: Record<string, unknown>, print: (text: string) => void): number {
  const communities = list(options['community']);
  const wrong = communities.find((name) => !/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name));
  if (wrong !== undefined)
    throw usage(`--community ${wrong}: letters, digits, '.', '_' and '-', beginning with a letter or digit`);
  const network: NetworkOptions = {
    name: text(options['name']) ?? 'ovs',
    bridge: text(options['bridge']) ?? 'br0',
    primary: primaryOf(options['primary']),
    communities,
    defaultPortgroup: undefined,
  };
  const chosen = text(options['default']);
  const names = [...portgroupsOf(network).keys()];
  const defaultPortgroup =
    chosen === undefined ? undefined : names.find((name) => name === chosen || name.startsWith(`${chosen}-`));
  if (chosen !== undefined && defaultPortgroup === undefined) {
    throw usage(`--default ${chosen}: it is one of ${names.join(', ')}`);
  }
  print(networkXml({ ...network, defaultPortgroup }));
  return ExitCode.OK;
}

/** Says which portgroups of this host's networks leave an instant in which a guest is open. @throws CommandError */
export async function checkHostNetworks(config: LoadedConfig, print: (text: string) => void): Promise<number> {
  if (config.libvirt === 'none') throw usage('--check needs libvirt, and the configuration says there is none');
  const { networks, problems } = await readHostNetworks(config.libvirt);
  const findings = checkNetworks(networks, config);
  if (findings.length === 0 && problems.length > 0) {
    throw new CommandError(
      ExitCode.LIBVIRT,
      `${problems.join('; ')}: run this on the hypervisor, or mount the folders`,
    );
  }
  if (findings.length === 0) {
    print('no network here has a portgroup of a Private VLAN');
    return ExitCode.OK;
  }
  const rows = findings.map((finding) => [
    finding.network,
    finding.portgroup,
    finding.role,
    finding.problems.join('; ') || 'ok',
  ]);
  print(formatTable(['NETWORK', 'PORTGROUP', 'ROLE', 'FINDING'], rows));
  const alike = likeCommunities(networks, config);
  for (const line of [...defaultsOf(networks, config), ...alike, ...problems]) print(printableLine(line));
  const good =
    problems.length === 0 && alike.length === 0 && findings.every((finding) => finding.problems.length === 0);
  return good ? ExitCode.OK : ExitCode.UNHEALTHY;
}

/** Prints what a Linux router needs. @throws CommandError */
export function printRouterConfig(options: Record<string, unknown>, print: (text: string) => void): number {
  const tool = routerTools.find((one): one is RouterTool => one === options['for']);
  if (tool === undefined) throw usage(`--for is one of ${routerTools.join(', ')}`);
  const parent = text(options['interface']);
  if (parent === undefined || !/^[^\s/:]{1,15}$/.test(parent))
    throw usage('--interface names a network interface, 1 to 15 characters');
  const addresses = list(options['address']);
  for (const address of addresses) {
    const problem = addressProblem(address);
    if (problem !== undefined) throw usage(`--address ${address} ${problem}`);
  }
  const router = {
    primary: primaryOf(options['primary']),
    interface: parent,
    tagged: options['access'] !== true,
    addresses,
    proxy: options['proxy'] !== false,
  };
  print(routerConfig(router, tool));
  return ExitCode.OK;
}

/** What keeps `text` from being an interface's address with its prefix length, to be put behind it. */
function addressProblem(text: string): string | undefined {
  const [address = '', length, ...others] = text.split('/');
  if (length === undefined || others.length > 0) return 'is no address with its prefix length, such as 192.0.2.1/24';
  const reading = readIpPrefix(address);
  if ('problem' in reading) return reading.problem;
  const bits = reading.prefix.family === 4 ? 32 : 128;
  const fits = /^(0|[1-9][0-9]{0,2})$/.test(length) && Number(length) >= 1 && Number(length) <= bits;
  return fits ? undefined : `has no prefix length from 1 to ${bits} behind its slash`;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function list(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function usage(message: string): CommandError {
  return new CommandError(ExitCode.USAGE, message);
}

import type { Command } from 'commander';
import { command } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { print } from '../output.ts';
import { routerTools } from '../router-config.ts';
import { ALL, LIBVIRT } from './settings.ts';

/** The commands that help to set things up. */
export function setupCommands(): readonly Command[] {
  const config = command(
    'config',
    'Check the configuration and show what is in force, and where each value comes from.',
    ALL,
    async (call) => {
      const { formatConfig } = await import('../../config/format.ts');
      print(formatConfig(call.config()));
      return ExitCode.OK;
    },
  );
  const networkXml = command(
    'network-xml',
    'Print libvirt network XML whose guests are born parked, or check the networks of this host.',
    LIBVIRT,
    async (call) => {
      const { checkHostNetworks, printNetworkXml } = await import('../networks.ts');
      return call.options['check'] === true
        ? checkHostNetworks(call.config(), print)
        : printNetworkXml(call.options, print);
    },
  )
    .option('--check', "look at this host's networks instead")
    .option('--name <network>', 'name of the network (default: ovs)')
    .option('--bridge <bridge>', 'Open vSwitch bridge (default: br0)')
    .option('--primary <vlan>', 'primary VLAN')
    .option('--community <names...>', 'communities that get a portgroup')
    .option('--default <portgroup>', 'portgroup of NICs that name none: isolated, promisc or a whole name');
  const routerConfig = command(
    'router-config',
    'Print what a Linux router of a Private VLAN needs.',
    [],
    async ({ options }) => (await import('../networks.ts')).printRouterConfig(options, print),
  )
    .requiredOption('--primary <vlan>', 'primary VLAN')
    .requiredOption('--interface <name>', 'interface that leads to the Private VLAN')
    .requiredOption('--for <tool>', `what keeps the configuration: ${routerTools.join(', ')}`)
    .option('--address <addresses...>', 'addresses with prefix length, such as 192.0.2.1/24')
    .option('--access', 'the interface is in the VLAN itself and needs no tag')
    .option('--no-proxy', 'guests do not talk to each other through the router');
  return [config, networkXml, routerConfig];
}

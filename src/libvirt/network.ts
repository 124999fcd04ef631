import type { XmlElement } from './element.ts';
import { XmlRefused } from './errors.ts';
import { prune, type Selection } from './prune.ts';
import { parseXml } from './xml.ts';

/** A VLAN setting; tags outside 0–4095 are dropped. */
export interface PortgroupVlan {
  readonly trunk: boolean;
  readonly tags: readonly number[];
}

export interface Portgroup {
  readonly name: string;
  readonly isDefault: boolean;
  readonly vlan: PortgroupVlan | undefined;
  readonly profileId: string | undefined;
}

/** A libvirt network, live or defined. */
export interface Network {
  readonly name: string;
  readonly uuid: string | undefined;
  readonly bridge: string | undefined;
  readonly portgroups: readonly Portgroup[];
}

/** What is read of a network: a host of which libvirt hands out the addresses has many more elements. */
const NETWORK: Selection = new Map(['name', 'uuid', 'bridge', 'portgroup'].map((name) => [name, 'all']));
const READ = new Map<string, Selection>([
  ['network', NETWORK],
  ['networkstatus', new Map([['network', NETWORK]])],
]);

/**
 * `<state>/network/<net>.xml` (root `networkstatus`), `<config>/qemu/networks/<net>.xml` or `virsh net-dumpxml` (root
 * `network`); src/conf/network_conf.c. Throws XmlRefused.
 */
export function parseNetwork(bytes: Uint8Array, file: string): Network {
  const root = parseXml(prune(bytes, file, READ), file, ['networkstatus', 'network']);
  const network = root.name === 'network' ? root : root.child('network');
  const name = network?.textOf('name');
  if (network === undefined || name === undefined) {
    throw new XmlRefused('wrong-content', file, 'the network has no <name>');
  }
  return {
    name,
    uuid: network.textOf('uuid'),
    bridge: network.child('bridge')?.attribute('name'),
    portgroups: network.childrenNamed('portgroup').flatMap(parsePortgroup),
  };
}

/** The portgroup of a NIC that names none; libvirt allows at most one and takes the first (virPortGroupFindByName). */
export function defaultPortgroup(network: Network): Portgroup | undefined {
  return network.portgroups.find((portgroup) => portgroup.isDefault);
}

function parsePortgroup(element: XmlElement): readonly Portgroup[] {
  const name = element.attribute('name');
  if (name === undefined) return [];
  return [
    {
      name,
      isDefault: element.attribute('default') === 'yes',
      vlan: parseVlan(element.child('vlan')),
      profileId: element.at('virtualport', 'parameters')?.attribute('profileid'),
    },
  ];
}

function parseVlan(element: XmlElement | undefined): PortgroupVlan | undefined {
  if (element === undefined) return undefined;
  const tags = element
    .childrenNamed('tag')
    .map((tag) => Number(tag.attribute('id') ?? Number.NaN))
    .filter((id) => Number.isInteger(id) && id >= 0 && id <= 4095);
  // Two tags make a trunk even where `trunk` is not written (virNetDevVlanParse).
  return { trunk: element.attribute('trunk') === 'yes' || tags.length > 1, tags };
}

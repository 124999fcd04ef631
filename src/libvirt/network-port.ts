import { basename, dirname } from 'node:path';
import { XmlRefused } from './errors.ts';
import { fold } from './identity.ts';
import type { NicRecord } from './nic.ts';
import { MAX_READ_BYTES } from './prune.ts';
import { parseXml } from './xml.ts';

/** A NIC that has a port on a libvirt network. */
export interface NetworkPort extends NicRecord {
  readonly attachment: 'network';
  readonly portId: string;
  readonly ownerName: string | undefined;
}

/**
 * `<state>/network/<net>/ports/<uuid>.xml`, libvirt 5.5 or later (src/conf/virnetworkportdef.c). The network's name is in the
 * path alone. Without `<group>` the NIC has the network's default portgroup, if it has one. Throws XmlRefused.
 */
export function parseNetworkPort(bytes: Uint8Array, file: string): NetworkPort {
  const root = parseXml(bytes, file, ['networkport'], MAX_READ_BYTES);
  const portId = fold(root.textOf('uuid'));
  if (portId === undefined) throw new XmlRefused('wrong-content', file, 'the network port has no <uuid>');
  const parameters = root.at('virtualport', 'parameters');
  return {
    attachment: 'network',
    portId,
    interfaceId: fold(parameters?.attribute('interfaceid')),
    vmId: fold(root.child('owner')?.textOf('uuid')),
    ownerName: root.child('owner')?.textOf('name'),
    mac: fold(root.child('mac')?.attribute('address')),
    portgroup: root.textOf('group'),
    network: basename(dirname(dirname(file))),
    bridge: root.child('plug')?.attribute('bridge'),
    isPlugged: root.child('virtualport')?.attribute('type') === 'openvswitch',
    profileId: parameters?.attribute('profileid'),
  };
}

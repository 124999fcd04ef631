import type { XmlElement } from './element.ts';
import { fold, type NicIdentity } from './identity.ts';

/**
 * How libvirt attaches a NIC: through one of its networks, which may give it a portgroup, or directly to something else
 * (`bridge`, `ethernet`, `vhostuser`, …), where portgroups do not exist.
 */
export type Attachment = 'network' | 'direct';

/** One NIC as one document describes it. Identity members are folded (see identity.ts), names are literal. */
export interface NicRecord extends NicIdentity {
  readonly attachment: Attachment;
  readonly portgroup?: string | undefined;
  readonly network?: string | undefined;
  readonly bridge?: string | undefined;
  /** The network port that libvirt 5.5 or later made for this NIC: the name of its file. */
  readonly portId?: string | undefined;
  /** The host's network device that a live NIC is plugged in by: `<target dev=>`, the name of its port. */
  readonly device?: string | undefined;
  /** libvirt itself plugs it into Open vSwitch; else whoever does writes the port's external_ids. */
  readonly isPlugged: boolean;
  /** `profileid` of its `<virtualport>`: what libvirt writes as the port's `port-profile`. */
  readonly profileId?: string | undefined;
}

/**
 * One `<interface>` of a domain, in each of its three spellings (virDomainNetDefFormat in libvirt's src/conf/domain_conf.c):
 * configuration and status file say `type='network'` with the network's and the portgroup's name, the latter with what came
 * of it in `<actual>`; the API's live XML says `type='bridge'` and keeps both names beside the bridge's.
 */
export function parseInterface(element: XmlElement, vmId: string | undefined): NicRecord {
  const source = element.child('source');
  const actual = element.child('actual');
  const network = source?.attribute('network');
  const type = element.attribute('type');
  const port = actual?.child('virtualport') ?? element.child('virtualport');
  const virtualport = port?.child('parameters');
  return {
    attachment: network === undefined && type !== 'network' ? 'direct' : 'network',
    interfaceId: fold(virtualport?.attribute('interfaceid')),
    vmId,
    mac: fold(element.child('mac')?.attribute('address')),
    portgroup: network === undefined ? undefined : source?.attribute('portgroup'),
    network,
    bridge: actual?.child('source')?.attribute('bridge') ?? source?.attribute('bridge'),
    portId: fold(source?.attribute('portid')),
    device: element.child('target')?.attribute('dev'),
    isPlugged: (type === 'network' || type === 'bridge') && port?.attribute('type') === 'openvswitch',
    profileId: virtualport?.attribute('profileid'),
  };
}

import { join } from 'node:path';
import { addPortArguments } from '../lab/port.ts';
import { UPLINK } from '../lab/upstream.ts';
import type { Guest } from './guest.ts';
import type { Site } from './world.ts';

/** The arguments of `ovs-vsctl` by which an operator's script makes the bridge anew, with its uplink, controller and guests. */
export function bridgeAgain({ guests, controller }: Site): string[] {
  const columns = ['datapath_type=netdev', 'protocols=OpenFlow10,OpenFlow14,OpenFlow15'];
  return [
    ...['--', 'add-br', 'br0', '--', 'set', 'Bridge', 'br0', ...columns, '--', 'add-port', 'br0', UPLINK],
    ...(controller?.assignment() ?? []),
    ...[...guests].flatMap(portAgain),
  ];
}

/** Those that plug a guest in again as it was at its birth, in its present role. */
function portAgain({ endpoint, host, role, bornParked }: Guest): string[] {
  const { name, mac, ifaceId = '', vmId = '' } = endpoint;
  const options = { name, mac, portProfile: role, bornParked };
  return addPortArguments(options, { ifaceId, vmId }, { stream: join(host.folder, 'nic', name) });
}

import { condition, type Condition } from '../../alarm/alarm.ts';
import { naturalOrder } from '../../base/natural-order.ts';
import type { Uuid } from '../../ovsdb/value.ts';
import type { BridgeRow, MirrorRow } from '../../vswitch/rows.generated.ts';
import type { DesiredBridge, JudgedPort } from '../../desire/desired-bridge.ts';

/** Ports that one line names; the rest are counted. */
const NAMED = 5;

/** What Open vSwitch does with guests' ports besides the flows, and weakens isolation or misleads the operator. */
export function guestPortConditions(
  { bridge, ports }: DesiredBridge,
  row: BridgeRow,
  mirrors: ReadonlyMap<Uuid, MirrorRow>,
): readonly Condition[] {
  return [
    ...spanningTree(row, ports),
    ...row.mirrors.flatMap((uuid) => blindMirror(bridge, ports, mirrors.get(uuid))),
    ...ports.flatMap((judged) => containerPort(bridge, judged)),
  ];
}

/** Where spanning tree runs on a port, BPDUs are taken before any table (ofproto/ofproto-dpif-xlate.c, `process_special`). */
function spanningTree(row: BridgeRow, ports: readonly JudgedPort[]): readonly Condition[] {
  const protocol = row.stp_enable ? 'stp' : row.rstp_enable ? 'rstp' : undefined;
  if (protocol === undefined) return [];
  const key = `${protocol}-enable`;
  const names = ports
    .filter(({ port }) => port.kind === 'guest' || port.kind === 'unnamed')
    .filter(({ port }) => port.row.other_config.get(key) !== 'false')
    .map(({ port }) => port.name)
    .sort(naturalOrder);
  if (names.length === 0) return [];
  const named = names.slice(0, NAMED);
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return [
    condition(
      'spanning-tree',
      { bridge: row.name },
      `guests' ports ${named.join(', ')}${more} take part in its spanning tree (${protocol}_enable), so a guest can make itself the root and cut links off`,
      `run 'ovs-vsctl ${named.map((name) => `set Port ${name} other_config:${key}=false`).join(' -- ')}', ` +
        `or 'ovs-vsctl set Bridge ${row.name} ${protocol}_enable=false'`,
    ),
  ];
}

/** A mirror asks the port's VLANs whether it may see a frame, and those of a parked port refuse all that a guest says or hears. */
function blindMirror(
  bridge: string,
  ports: readonly JudgedPort[],
  mirror: MirrorRow | undefined,
): readonly Condition[] {
  if (mirror === undefined) return [];
  const selected = new Set<string>([...mirror.select_src_port, ...mirror.select_dst_port]);
  const guests = ports.filter(({ port, verdict }) => verdict.kind === 'guest' && selected.has(port.row._uuid));
  const primaries = new Set(guests.flatMap(({ verdict }) => (verdict.kind === 'guest' ? [verdict.role.primary] : [])));
  const names = guests.map(({ port }) => port.name).sort(naturalOrder);
  if (names.length === 0) return [];
  return [
    condition(
      'blind-mirror',
      { bridge, about: mirror.name },
      `mirror ${mirror.name} selects ${names.slice(0, NAMED).join(', ')}, ports of guests, and sees none of their frames, since they are parked`,
      'mirror the ports of routers and other switches, which all of them pass but those between members of a community here: ' +
        `ovs-vsctl clear Mirror ${mirror._uuid} select_src_port select_dst_port -- ` +
        `set Mirror ${mirror._uuid} select_all=true select_vlan=${[...primaries].sort((a, b) => a - b).join()}`,
    ),
  ];
}

/** A container's end that does not say whose it is counts as a guest outside, which the operator may not have meant. */
function containerPort(bridge: string, { port, verdict }: JudgedPort): readonly Condition[] {
  if (verdict.kind !== 'stranger' || port.kind !== 'unnamed') return [];
  if (!port.interfaces.some(({ status }) => status.get('driver_name') === 'veth')) return [];
  return [
    condition(
      'unnamed-container',
      { bridge, port: port.name },
      `port ${port.name} is the end of a veth pair by a container manager's name and says nothing of its guest: it is outside every Private VLAN, and held to no address`,
      'give its Interface the external_ids attached-mac, iface-id and port-profile of its container, or, if it leads to other switches, ' +
        `run 'ovs-vsctl set Port ${port.name} external_ids:pvlan-uplink=true'`,
    ),
  ];
}

import { ROLE_TABLE } from '../../pvlan/role-table.ts';
import { condition, type Condition } from '../../alarm/alarm.ts';
import { naturalOrder } from '../../base/natural-order.ts';
import { PARKING_VLAN } from '../../pvlan/vlan-id.ts';
import { carriesTagged } from '../../pvlan/vlan-setting.ts';
import type { DesiredBridge, JudgedPort } from '../../desire/desired-bridge.ts';

/** Ports that one line names; the rest are counted. */
const NAMED = 5;

/** What is the matter with the ports by which a bridge's guests reach others. */
export function uplinkConditions({ bridge, ports }: DesiredBridge): readonly Condition[] {
  return [...ports.flatMap((judged) => protectedPort(bridge, ports, judged)), ...parkingVlan(bridge, ports)];
}

/** Open vSwitch passes nothing from one protected port to another, and isolated guests' ports are protected. */
function protectedPort(
  bridge: string,
  ports: readonly JudgedPort[],
  { port, verdict }: JudgedPort,
): readonly Condition[] {
  if ((verdict.kind !== 'wire' && verdict.kind !== 'promiscuous') || !port.row.protected) return [];
  if (!ports.some(({ verdict: one }) => one.kind === 'guest' && ROLE_TABLE[one.role.kind].protected)) return [];
  const what = verdict.kind === 'wire' ? 'routers behind it are' : 'the router there is';
  return [
    condition(
      'protected-uplink',
      { bridge, port: port.name },
      `port ${port.name} is protected, as isolated guests' ports are, so ${what} not heard by them`,
      `run 'ovs-vsctl set Port ${port.name} protected=false'`,
    ),
  ];
}

/** The VLAN of parked ports is dropped by a flow; with no flows at all it is a way from one to the other. */
function parkingVlan(bridge: string, ports: readonly JudgedPort[]): readonly Condition[] {
  if (!ports.some(({ verdict }) => verdict.kind === 'guest' || verdict.kind === 'quarantined')) return [];
  const names = ports
    .filter(
      ({ port, verdict }) =>
        (verdict.kind === 'wire' || verdict.kind === 'stranger') &&
        port.ownMac === undefined &&
        carriesTagged(port.vlan, PARKING_VLAN),
    )
    .map(({ port }) => port.name)
    .sort(naturalOrder);
  if (names.length === 0) return [];
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const command = names
    .slice(0, NAMED)
    .map((name) => `set Port ${name} trunks="$(seq -s, 0 ${PARKING_VLAN - 1})"`)
    .join(' -- ');
  return [
    condition(
      'parking-vlan',
      { bridge },
      `${names.slice(0, NAMED).join(', ')}${more} carry VLAN ${PARKING_VLAN}, that of parked ports: while the bridge has no flows ` +
        '(no agent, and ovs-vswitchd started again), frames that a guest tags so leave and come in there',
      `name the VLANs they need, or all others: ovs-vsctl ${command}`,
    ),
  ];
}

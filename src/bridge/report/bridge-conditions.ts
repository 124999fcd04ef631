import { groupOf } from '../../pvlan/role.ts';
import { condition, type Condition } from '../../alarm/alarm.ts';
import type { Uuid } from '../../ovsdb/value.ts';
import { secondaryVlans } from '../../pvlan/wire-mode.ts';
import type { BridgeRow, ControllerRow, MirrorRow } from '../../vswitch/rows.generated.ts';
import type { DesiredBridge, JudgedPort } from '../../desire/desired-bridge.ts';
import { guestPortConditions } from './guest-port-conditions.ts';
import { uplinkConditions } from './uplink-conditions.ts';

/** The tables that say how bridges are set. */
export interface BridgeTables {
  readonly bridges: ReadonlyMap<Uuid, BridgeRow>;
  readonly controllers: ReadonlyMap<Uuid, ControllerRow>;
  readonly mirrors: ReadonlyMap<Uuid, MirrorRow>;
}

/** Keys of Port other_config by which NORMAL sends multicast to a port whatever its VLANs are (ovs-vswitchd.conf.db(5)). */
const FLOODING = ['mcast-snooping-flood', 'mcast-snooping-flood-reports'] as const;

/** Settings of one bridge and its ports under which isolation is weaker than it looks. */
export function bridgeConditions(desired: DesiredBridge, tables: BridgeTables): readonly Condition[] {
  const { bridge, ports, primaries } = desired;
  const doubtful = ports.flatMap((judged) => doubtfulPort(bridge, judged));
  if (primaries.length === 0) return doubtful;
  const row = Array.from(tables.bridges.values()).find(({ name }) => name === bridge);
  const ofBridge =
    row === undefined
      ? []
      : [
          ...failOpen(row, tables.controllers),
          ...floodedVlans(row, primaries),
          ...withoutLock(row, ports),
          ...guestPortConditions(desired, row, tables.mirrors),
        ];
  return [
    ...ofBridge,
    ...uplinkConditions(desired),
    ...ports.flatMap((judged) => floodedPort(bridge, judged)),
    ...ports.flatMap((judged) => keptPort(bridge, judged)),
    ...doubtful,
    ...likeCommunities(bridge, ports),
  ];
}

/**
 * Without a connection to a controller it has to keep, ovs-vswitchd switches normally above every flow, unless the bridge's
 * fail mode is secure (ofproto/fail-open.c). A passive target is a service to whoever connects, and may have nobody.
 */
function failOpen(row: BridgeRow, controllers: ReadonlyMap<Uuid, ControllerRow>): readonly Condition[] {
  if (row.fail_mode === 'secure') return [];
  const targets = row.controller.flatMap((uuid) => controllers.get(uuid)?.target ?? []);
  const [active] = targets.filter((target) => /^(tcp|ssl|unix):/.test(target));
  if (active === undefined) return [];
  return [
    condition(
      'fails-open',
      { bridge: row.name },
      `while its controller ${active} cannot be reached, Open vSwitch puts the Private VLAN flows aside and switches normally`,
      `run 'ovs-vsctl set-fail-mode ${row.name} secure', which empties its tables once, and the agent fills them again, ` +
        `or 'ovs-vsctl del-controller ${row.name}'`,
    ),
  ];
}

/** Where nothing is learned (`flood_vlans` in ovs-vswitchd.conf.db(5)), what is for one station goes to all that NORMAL leads to. */
function floodedVlans({ name, flood_vlans }: BridgeRow, primaries: DesiredBridge['primaries']): readonly Condition[] {
  const used = primaries.flatMap(({ primary, wire }) => [primary, ...secondaryVlans(wire).map(({ vid }) => vid)]);
  return used
    .filter((vlan) => flood_vlans.includes(vlan))
    .map((vlan) =>
      condition(
        'flood-vlan',
        { bridge: name, about: String(vlan) },
        `flood_vlans names VLAN ${vlan}, so what a guest and a router say to each other over the wire is flooded`,
        `run 'ovs-vsctl remove Bridge ${name} flood_vlans ${vlan}'`,
      ),
    );
}

/** OpenFlow 1.0 alone sets ports to no-flood (see `decide-locks.ts`); no list of protocols stands for all of them. */
function withoutLock({ name, protocols }: BridgeRow, ports: readonly JudgedPort[]): readonly Condition[] {
  const isParked = ports.some(({ verdict: { kind } }) => kind === 'guest' || kind === 'quarantined');
  if (!isParked || protocols.length === 0 || protocols.includes('OpenFlow10')) return [];
  return [
    condition(
      'no-second-lock',
      { bridge: name },
      `its protocols leave out OpenFlow10, so guests' ports are parked and not set to no-flood: one that somebody unparks hears what is flooded`,
      `run 'ovs-vsctl add Bridge ${name} protocols OpenFlow10'`,
    ),
  ];
}

/** A guest whose portgroup no source gives any more: one restart, restore or migration later nothing may tell its role. */
function keptPort(bridge: string, { port, verdict }: JudgedPort): readonly Condition[] {
  const kept = port.portgroup.kind === 'portgroup' ? port.portgroup.kept : undefined;
  // A port that is closed has its own alarm.
  if (kept === undefined || verdict.kind === 'quarantined') return [];
  const remedy = kept.remedy.replace('<port>', port.name);
  return [condition('portgroup-lost', { bridge, port: port.name }, `port ${port.name}: ${kept.message}`, remedy)];
}

/** A guest's parked port that gets its neighbours' multicast all the same: parking it cannot help. */
function floodedPort(bridge: string, { port, verdict }: JudgedPort): readonly Condition[] {
  if (verdict.kind !== 'guest' && verdict.kind !== 'quarantined') return [];
  return FLOODING.filter((key) => port.row.other_config.get(key) === 'true').map((key) =>
    condition(
      'multicast-flood',
      { bridge, port: port.name, about: key },
      `port ${port.name} has other_config:${key}, so where the bridge snoops multicast it gets that of its neighbours`,
      `run 'ovs-vsctl remove Port ${port.name} other_config ${key}'`,
    ),
  );
}

/** A guest that is left outside though its portgroup's name speaks of a role, or of a Private VLAN of the host. */
function doubtfulPort(bridge: string, { port, verdict }: JudgedPort): readonly Condition[] {
  if (verdict.kind !== 'stranger' || verdict.doubt === undefined) return [];
  const { message, remedy } = verdict.doubt;
  const text = `port ${port.name} is outside every Private VLAN, and ${message}`;
  return [condition('doubtful-portgroup', { bridge, port: port.name }, text, remedy)];
}

/** Communities of one Private VLAN whose names differ in letter case alone: they are two, and most likely meant to be one. */
function likeCommunities(bridge: string, ports: DesiredBridge['ports']): readonly Condition[] {
  const names = new Map<string, Set<string>>();
  for (const { verdict } of ports) {
    const group = verdict.kind === 'guest' ? groupOf(verdict.role) : undefined;
    if (verdict.kind !== 'guest' || group === undefined) continue;
    const key = `${verdict.role.primary} ${group.toLowerCase()}`;
    names.set(key, (names.get(key) ?? new Set()).add(group));
  }
  return [...names].flatMap(([key, alike]) => {
    if (alike.size < 2) return [];
    const [primary = ''] = key.split(' ');
    const list = [...alike].sort().join(', ');
    const text = `the communities ${list} of Private VLAN ${primary} differ in letter case alone, and do not reach each other`;
    return [condition('like-communities', { bridge, pvlan: Number(primary), about: key }, text)];
  });
}

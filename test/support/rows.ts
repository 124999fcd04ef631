import type { Uuid } from '../../src/ovsdb/value.ts';
import type { VlanSetting } from '../../src/pvlan/vlan-setting.ts';
import type { BridgeRow, InterfaceRow, PortRow } from '../../src/vswitch/rows.generated.ts';
import { PLAIN } from './ports.ts';

/** A uuid that says what it is of. */
export function uuid(kind: number, number: number): Uuid {
  return `0000000${kind}-0000-0000-0000-${String(number).padStart(12, '0')}` as Uuid;
}

export function bridgeRow(number: number, ports: readonly Uuid[]): BridgeRow {
  return {
    _uuid: uuid(1, number),
    name: `br${number}`,
    ports,
    datapath_type: '',
    datapath_id: undefined,
    protocols: [],
    fail_mode: undefined,
    controller: [],
    external_ids: new Map(),
    other_config: new Map(),
    stp_enable: false,
    rstp_enable: false,
    mirrors: [],
    flood_vlans: [],
  };
}

/** A port of one interface, both with this number. */
export function portRow(
  number: number,
  setting: VlanSetting = PLAIN,
  ids: Readonly<Record<string, string>> = {},
): PortRow {
  return {
    _uuid: uuid(2, number),
    name: `vnet${number}`,
    interfaces: [uuid(3, number)],
    tag: setting.tag,
    trunks: setting.trunks,
    vlan_mode: setting.vlanMode,
    protected: setting.protected,
    fake_bridge: false,
    external_ids: new Map(Object.entries(ids)),
    other_config: new Map(),
    bond_mode: undefined,
    lacp: undefined,
    bond_active_slave: undefined,
  };
}

export function interfaceRow(
  number: number,
  ofport: number | undefined,
  ids: Readonly<Record<string, string>> = {},
): InterfaceRow {
  return {
    _uuid: uuid(3, number),
    name: `vnet${number}`,
    type: '',
    ofport,
    mac_in_use: undefined,
    external_ids: new Map(Object.entries(ids)),
    error: undefined,
    options: new Map(),
    status: new Map(),
    link_state: undefined,
    mtu: undefined,
    lacp_current: undefined,
  };
}

import { NO_FACTS } from '../../src/pvlan/guest-facts.ts';
import type { PortgroupFinding, SwitchPort } from '../../src/pvlan/switch-port.ts';
import type { Policy } from '../../src/pvlan/policy.ts';
import type { VlanSetting } from '../../src/pvlan/vlan-setting.ts';

/** A port without any VLAN setting: Open vSwitch makes it a trunk of all VLANs. */
export const PLAIN: VlanSetting = { vlanMode: undefined, tag: undefined, trunks: [], protected: false };

export const NO_POLICY: Policy = {
  pvlans: [],
  portgroups: new Map(),
  unresolved: 'quarantine',
  outside: new Map(),
  guests: new Map(),
};

export function inPortgroup(name: string): PortgroupFinding {
  return { kind: 'portgroup', name, source: 'port-profile' };
}

function byte(value: number): string {
  return (value & 0xff).toString(16).padStart(2, '0');
}

/** A guest's port; the MAC ends in its number. */
export function guestPort(number: number, portgroup: PortgroupFinding, more: Partial<SwitchPort> = {}): SwitchPort {
  return {
    name: `vnet${number}`,
    kind: 'guest',
    ofports: [number],
    interfaceCount: 1,
    attachedMac: `02:00:00:00:${byte(number >> 8)}:${byte(number)}`,
    ownMac: undefined,
    ifaceId: `nic-${number}`,
    vlan: PLAIN,
    portgroup,
    facts: NO_FACTS,
    factsProblem: undefined,
    settingProblem: undefined,
    moving: false,
    handedOver: false,
    failure: undefined,
    device: undefined,
    installed: false,
    managedBefore: false,
    ...more,
  };
}

/** A port that says nothing of a guest: an uplink, the host's own interface. */
export function plainPort(
  number: number,
  vlan: Partial<VlanSetting> = {},
  kind: 'plain' | 'link' = 'plain',
): SwitchPort {
  return {
    name: `eth${number}`,
    kind,
    ofports: [number],
    interfaceCount: 1,
    attachedMac: undefined,
    ownMac: undefined,
    ifaceId: undefined,
    vlan: { ...PLAIN, ...vlan },
    portgroup: { kind: 'none', source: 'not a guest' },
    facts: NO_FACTS,
    factsProblem: undefined,
    settingProblem: undefined,
    moving: false,
    handedOver: false,
    failure: undefined,
    device: undefined,
    installed: false,
    managedBefore: false,
  };
}

import { macAddress } from './mac.ts';
import type { Policy } from './policy.ts';
import { portgroupMeaning } from './portgroup.ts';
import type { Role } from './role.ts';
import type { SwitchPort } from './switch-port.ts';
import type { Quarantine, Verdict } from './verdict.ts';
import type { VlanId } from './vlan-id.ts';
import { accessVlan, carriesTagged, carriesUntagged, vlanMode } from './vlan-setting.ts';

/** A guest's port looked at by itself. A guest with no Private VLAN's portgroup comes back as a stranger. */
export function judgeGuest(port: SwitchPort, policy: Policy): Verdict {
  if (port.ofports.length > 1) {
    return quarantined(
      port,
      'several-interfaces',
      'it joins several interfaces and one of them says it is a guest',
      true,
    );
  }
  const { portgroup } = port;
  if (portgroup.kind === 'unknown') {
    return policy.unresolved === 'open'
      ? { kind: 'stranger', port }
      : quarantined(port, 'unresolved', `its portgroup is not known: ${portgroup.why}`, false);
  }
  if (portgroup.kind === 'none') return { kind: 'stranger', port };
  const meaning = portgroupMeaning(portgroup.name, policy.portgroups);
  switch (meaning.kind) {
    case 'unmanaged':
      return { kind: 'stranger', port };
    case 'invalid':
      return quarantined(
        port,
        'invalid-portgroup',
        `${meaning.why}: rename the portgroup, or give it a role under 'portgroups' in the configuration`,
        true,
      );
    case 'role':
      return withRole(port, meaning.role);
  }
}

/**
 * A port that has no role of its own: promiscuous when it is an access port of a Private VLAN, otherwise a stranger (a
 * guest) or a wire. A bond, patch or tunnel is a wire even as an access port: other hosts' isolated guests come through it.
 */
export function judgePlain(port: SwitchPort, primaries: ReadonlySet<VlanId>): Verdict {
  const access = accessVlan(port.vlan) as VlanId | undefined;
  if (access !== undefined && primaries.has(access) && port.kind !== 'link') {
    return {
      kind: 'promiscuous',
      port,
      ofport: port.ofports[0],
      role: { kind: 'promiscuous', primary: access },
      mac: port.attachedMac === undefined ? undefined : macAddress(port.attachedMac),
      untagged: true,
      tagged: false,
    };
  }
  return port.kind === 'guest' ? { kind: 'stranger', port } : { kind: 'wire', port };
}

function withRole(port: SwitchPort, role: Role): Verdict {
  const mac = macAddress(port.attachedMac ?? '');
  if (mac === undefined) {
    const found = port.attachedMac === undefined ? 'no attached-mac' : `attached-mac '${port.attachedMac}'`;
    return quarantined(port, 'half-known', `its external_ids have ${found}: a station address is needed`, true);
  }
  const ofport = port.ofports[0];
  if (role.kind !== 'promiscuous') return { kind: 'guest', port, ofport, role, mac };
  const { vlan } = port;
  // A port with no VLAN setting at all becomes an access port of the primary VLAN (see `portSetting`).
  const plain = vlanMode(vlan) === 'trunk' && vlan.trunks.length === 0;
  const untagged = plain || carriesUntagged(vlan, role.primary);
  const tagged = !plain && carriesTagged(vlan, role.primary);
  if (!untagged && !tagged) {
    return quarantined(
      port,
      'vlan-conflict',
      `its portgroup makes it promiscuous in VLAN ${role.primary}, but the port's own VLAN setting does not carry that VLAN`,
      true,
    );
  }
  return { kind: 'promiscuous', port, ofport, role, mac, untagged, tagged };
}

function quarantined(port: SwitchPort, code: Quarantine['code'], message: string, alarm: boolean): Verdict {
  return { kind: 'quarantined', port, quarantine: { code, message, alarm } };
}

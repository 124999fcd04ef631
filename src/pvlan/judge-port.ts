import { NO_FACTS, type GuestFacts } from './guest-facts.ts';
import { macAddress, type Mac } from './mac.ts';
import type { Policy } from './policy.ts';
import { doubtfulName, portgroupMeaning } from './portgroup.ts';
import { isConfined, roleMembers, roleName, type PromiscuousRole, type Role } from './role.ts';
import type { SwitchPort } from './switch-port.ts';
import type { GuestEndpoint, Quarantine, Verdict } from './verdict.ts';
import type { VlanId } from './vlan-id.ts';
import type { VlanPlan } from './vlan-plan.ts';
import { accessVlan, carriesTagged, carriesUntagged, leavesUntagged, tunnelVlan, vlanMode } from './vlan-setting.ts';
import { wireVlan } from './wire-mode.ts';

/** What to do about a portgroup's name. */
const RENAME =
  "rename the portgroup, or give it a role under 'portgroups' in the configuration, where role: none leaves its ports alone";

/** A guest's port looked at by itself. A guest with no Private VLAN's portgroup comes back as a stranger. */
export function judgeGuest(port: SwitchPort, policy: Policy, plan: VlanPlan): Verdict {
  if (port.interfaceCount > 1) {
    return quarantined(
      port,
      'several-interfaces',
      'it joins several interfaces and one of them says it is a guest',
      true,
      'give the guest a port of its own, or, if this is a bond, remove iface-id, attached-mac, vm-id and port-profile from the ' +
        'external_ids of its interfaces',
    );
  }
  if (port.settingProblem !== undefined) {
    const { message, remedy } = port.settingProblem;
    return quarantined(port, 'vlan-conflict', message, true, remedy);
  }
  const { portgroup } = port;
  if (portgroup.kind === 'unknown') {
    const contradicts = portgroup.contradicts === true;
    const message = `its portgroup is not known: ${portgroup.why}`;
    if (policy.unresolved !== 'open' || contradicts) {
      return quarantined(port, 'unresolved', message, contradicts, portgroup.remedy);
    }
    if (!port.managedBefore) return outsider(port, plan);
    // A port that has been in hand may have had a role: that nobody can tell it now must not take its isolation away.
    const remedy = "give it a portgroup, or let it go by 'pvlan-agent flush'";
    return quarantined(port, 'unresolved', `${message}; it was closed before and stays so`, true, remedy);
  }
  if (portgroup.kind === 'none') return outsider(port, plan);
  const meaning = portgroupMeaning(portgroup.name, policy.portgroups);
  switch (meaning.kind) {
    case 'unmanaged':
      return outsider(port, plan);
    case 'invalid':
      return quarantined(port, 'invalid-portgroup', meaning.why, true, RENAME);
    case 'role':
      return withRole(port, meaning.role, policy, plan);
  }
}

/**
 * A port that has no role of its own: promiscuous when it is an access port of a Private VLAN, otherwise a stranger (a
 * guest, named or not) or a wire. A bond, patch or tunnel is a wire even as an access port: other hosts' isolated guests come through it.
 */
export function judgePlain(port: SwitchPort, primaries: ReadonlySet<VlanId>, policy: Policy, plan: VlanPlan): Verdict {
  const access = accessVlan(port.vlan) as VlanId | undefined;
  const name = port.portgroup.kind === 'portgroup' ? port.portgroup.name : undefined;
  const doubtful = name === undefined ? undefined : doubtfulName(name, policy.portgroups, primaries);
  const isRouters = access !== undefined && primaries.has(access) && port.kind !== 'link';
  if (doubtful !== undefined && (doubtful.closes || (isRouters && doubtful.confines))) {
    return quarantined(port, 'invalid-portgroup', doubtful.why, true, RENAME);
  }
  if (isRouters) {
    const doubt = accessDoubt(port, access);
    if (doubt !== undefined) return doubt;
    return {
      kind: 'promiscuous',
      port,
      ofport: port.ofports[0],
      role: { kind: 'promiscuous', primary: access },
      primaries: [access],
      mac: macAddress(port.attachedMac ?? port.ownMac ?? ''),
      untagged: true,
      tagged: false,
      getsUntagged: true,
    };
  }
  if (port.kind !== 'guest' && port.kind !== 'unnamed') return { kind: 'wire', port };
  const outside = outsider(port, plan);
  const pinned = ownAddresses(port, policy);
  if (outside.kind !== 'stranger') return outside;
  return {
    ...outside,
    ...(pinned === undefined ? {} : { pinned }),
    ...(doubtful === undefined ? {} : { doubt: { message: doubtful.why, remedy: RENAME } }),
  };
}

/**
 * The verdict on a guest outside by the policy of its bridge. That a portgroup has role `none` says that the operator knows of
 * its guests.
 */
export function judgeOutside(verdict: Verdict, bridge: string, policy: Policy): Verdict {
  const { port } = verdict;
  if (verdict.kind !== 'stranger' || policy.outside.get(bridge) !== 'quarantine') return verdict;
  if (port.portgroup.kind === 'portgroup' && policy.portgroups.get(port.portgroup.name) === 'none') return verdict;
  const found =
    port.kind === 'unnamed'
      ? 'it says nothing of its guest'
      : port.portgroup.kind === 'portgroup'
        ? `its portgroup '${port.portgroup.name}' is no Private VLAN's`
        : 'it has no portgroup';
  return quarantined(
    port,
    'outside',
    `it is outside every Private VLAN, and such guests are closed on ${bridge}: ${found}`,
    true,
  );
}

/** Why it is not certain that a port is meant to be an access port of a Private VLAN, which would make it promiscuous. */
function accessDoubt(port: SwitchPort, primary: VlanId): Verdict | undefined {
  const would = `as an access port of VLAN ${primary} it would be promiscuous`;
  if (port.portgroup.kind === 'unknown') {
    const message = `its portgroup is not known (${port.portgroup.why}), and ${would}`;
    return quarantined(port, 'unresolved', message, true, 'give it a portgroup or another VLAN');
  }
  if (!port.handedOver) return undefined;
  return quarantined(
    port,
    'vlan-conflict',
    `its row was that of another NIC, so its VLAN setting may be, too, and ${would}`,
    true,
    `if that is meant, remove its external_ids:pvlan-nic; else stop the guest, run 'ovs-vsctl del-port ${port.name}' and start it again`,
  );
}

/** The addresses that a guest outside says it has; undefined where it says none, or the operator lets it use any. */
function ownAddresses(port: SwitchPort, policy: Policy): readonly Mac[] | undefined {
  const mac = macAddress(port.attachedMac ?? '');
  if (mac === undefined) return undefined;
  const configured = policy.guests.get(mac) ?? NO_FACTS;
  if (configured.nested === true) return undefined;
  return [mac, ...factsOf(mac, port.facts, configured).extraMacs];
}

/** A guest outside every Private VLAN, unless all its frames are in a VLAN that only isolated or community senders may use. */
function outsider(port: SwitchPort, plan: VlanPlan): Verdict {
  const vid = accessVlan(port.vlan) ?? tunnelVlan(port.vlan);
  const primary = vid === undefined ? undefined : plan.primaryOfSecondary(vid);
  if (vid === undefined || primary === undefined) return { kind: 'stranger', port };
  return quarantined(
    port,
    'secondary-vlan',
    `it is ${vlanMode(port.vlan) === 'access' ? 'an access' : 'a dot1q-tunnel'} port of VLAN ${vid}, a secondary VLAN of ${primary}`,
    true,
    `use a portgroup of Private VLAN ${primary} instead`,
  );
}

function withRole(port: SwitchPort, role: Role, policy: Policy, plan: VlanPlan): Verdict {
  const owner = plan.primaryOfSecondary(role.primary);
  if (owner !== undefined) {
    return quarantined(
      port,
      'secondary-vlan',
      `its portgroup makes it ${roleName(role)}, but VLAN ${role.primary} is a secondary VLAN of ${owner}`,
      true,
      'name the primary VLAN',
    );
  }
  if (port.failure !== undefined) {
    return quarantined(
      port,
      'port-failed',
      `ovs-vswitchd could not add it: ${port.failure}`,
      true,
      `if its guest does not run here, it is left of a crash: run 'ovs-vsctl del-port ${port.name}'; else stop the guest, do that, and start it again`,
    );
  }
  const mac = macAddress(port.attachedMac ?? '');
  if (mac === undefined) {
    const found = port.attachedMac === undefined ? 'no attached-mac' : `attached-mac '${port.attachedMac}'`;
    return quarantined(port, 'half-known', `its external_ids have ${found}`, true, 'a station address is needed');
  }
  if (port.factsProblem !== undefined) {
    const { message, alarm, remedy } = port.factsProblem;
    return quarantined(port, 'guest-facts', message, alarm, remedy);
  }
  if (!isConfined(role)) return promiscuous(port, role, mac);
  const vlan = wireVlan(role, plan.of(role.primary).wire);
  if (vlan === undefined) {
    return quarantined(
      port,
      'secondary-vlan',
      `Private VLAN ${role.primary} has secondary VLANs, but none for ${roleMembers(role)}`,
      true,
      'add it to the configuration',
    );
  }
  const guest: GuestEndpoint = {
    kind: 'guest',
    port,
    ofport: port.ofports[0],
    role,
    mac,
    ...factsOf(mac, port.facts, policy.guests.get(mac) ?? NO_FACTS),
    wireVlan: vlan,
  };
  return guest;
}

function promiscuous(port: SwitchPort, role: PromiscuousRole, mac: Mac): Verdict {
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
      `add <tag id='${role.primary}'/> to the <vlan> of its portgroup, or remove the <vlan>`,
    );
  }
  const getsUntagged = plain || leavesUntagged(vlan, role.primary);
  const primaries = [role.primary];
  return { kind: 'promiscuous', port, ofport: port.ofports[0], role, primaries, mac, untagged, tagged, getsUntagged };
}

/** Both sources add up: the operator's own file and the guest's. */
function factsOf(mac: Mac, own: GuestFacts, configured: GuestFacts): GuestFacts {
  const addresses =
    own.addresses === undefined && configured.addresses === undefined
      ? undefined
      : [...(own.addresses ?? []), ...(configured.addresses ?? [])];
  const extraMacs = [...new Set([...own.extraMacs, ...configured.extraMacs])].filter((extra) => extra !== mac);
  const groupMacs = [...new Set([...(own.groupMacs ?? []), ...(configured.groupMacs ?? [])])];
  return { addresses, extraMacs, ...(groupMacs.length === 0 ? {} : { groupMacs }) };
}

function quarantined(
  port: SwitchPort,
  code: Quarantine['code'],
  message: string,
  alarm: boolean,
  remedy?: string,
): Verdict {
  return { kind: 'quarantined', port, quarantine: { code, message, remedy, alarm } };
}

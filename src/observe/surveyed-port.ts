import { NO_FACTS } from '../pvlan/guest-facts.ts';
import { admissionOf, type BondAdmission } from '../pvlan/bond.ts';
import type { PortgroupFinding, PortKind, SwitchPort } from '../pvlan/switch-port.ts';
import type { InterfaceRow, PortRow } from '../vswitch/rows.generated.ts';
import type { GuestMetadata } from './guest-metadata.ts';
import { INTERFACE_KEYS, isHandedOver, isInstalled, markedRole } from './marks.ts';
import { originalSetting, type OriginalSetting } from './original-setting.ts';
import { SAVED_KEY } from './saved-setting.ts';

/** What a guest's port says about itself, to find its portgroup by. */
export interface GuestIdentity {
  readonly portProfile: string | undefined;
  readonly interfaceId: string | undefined;
  readonly vmId: string | undefined;
  readonly mac: string | undefined;
  readonly bridge: string;
  /** The role that the port's marks speak of, as the name of a portgroup by the convention. */
  readonly lastRole: string | undefined;
  /** The port's marks are those of another NIC: whatever else its rows say may be of that one, too. */
  readonly handedOver: boolean;
  /** The port's rows bear something of the agent's (see SwitchPort). */
  readonly managedBefore: boolean;
}

/** A port with the rows it stands for. */
export interface SurveyedPort extends SwitchPort {
  readonly bridge: string;
  readonly row: PortRow;
  readonly interfaces: readonly InterfaceRow[];
  /** Where its `vlan` comes from. */
  readonly original: OriginalSetting;
  /** The domain that its guest is said to be. */
  readonly vmId: string | undefined;
  /** What that domain is called, where libvirt tells. */
  readonly guestName: string | undefined;
}

/** Kinds of interface that lead to other switches by their nature (`type` of the Interface table). */
const LINK_TYPES = new Set([
  'patch',
  'vxlan',
  'geneve',
  'gre',
  'ip6gre',
  'erspan',
  'ip6erspan',
  'stt',
  'lisp',
  'bareudp',
  'gtpu',
  'srv6',
]);

/** Key of a Port's external_ids by which the operator says that a port leads to other switches, whatever it looks like. */
const UPLINK_KEY = 'pvlan-uplink';

/** Number of the bridge's own port in OVSDB, which counts 16 bits, and in OpenFlow 1.1 and later, which count 32. */
const LOCAL_OVSDB = 65534;
const LOCAL_OPENFLOW = 0xfffffffe;

/** What others than OVSDB know of a guest. */
export interface GuestSources {
  portgroup(guest: GuestIdentity): PortgroupFinding;
  isMoving(guest: GuestIdentity): boolean;
  /** The port that the guest's NIC is plugged in by, where that is known. */
  device(guest: GuestIdentity): string | undefined;
  /** What its domain is called, where that is known. */
  guestName(guest: GuestIdentity): string | undefined;
  facts(guest: GuestIdentity): GuestMetadata;
}

/** Reads the rows of one port of `bridge`, and asks `sources` about its guest. `before` is the port as it was seen last. */
export function surveyPort(
  bridge: string,
  row: PortRow,
  interfaces: readonly InterfaceRow[],
  sources: GuestSources,
  before?: SurveyedPort,
): SurveyedPort {
  const guest = interfaces.find((one) => isGuest(one.external_ids));
  const ids = guest?.external_ids;
  const kind = ids !== undefined ? 'guest' : kindOf(row, interfaces);
  const original = originalSetting(row, before);
  const identity: GuestIdentity = {
    portProfile: ids?.get('port-profile'),
    interfaceId: ids?.get('iface-id'),
    vmId: ids?.get('vm-id') ?? ids?.get('vm-uuid') ?? ids?.get('xen-vm-uuid'),
    mac: ids?.get('attached-mac'),
    bridge,
    lastRole: ids === undefined ? undefined : markedRole(ids),
    handedOver: ids !== undefined && isHandedOver(ids),
    managedBefore: original.isReplaced || INTERFACE_KEYS.some((key) => ids?.has(key)),
  };
  const metadata: GuestMetadata = kind === 'guest' ? sources.facts(identity) : { facts: NO_FACTS };
  return {
    bridge,
    name: row.name,
    kind,
    ofports: interfaces.flatMap((one) => openFlowNumber(one.ofport)),
    interfaceCount: row.interfaces.length,
    ...(row.interfaces.length > 1 ? { bond: bondOf(row, interfaces) } : {}),
    attachedMac: identity.mac,
    ownMac: kind === 'plain' && interfaces[0]?.type === 'internal' ? interfaces[0].mac_in_use : undefined,
    ifaceId: identity.interfaceId,
    vlan: original.vlan,
    original,
    settingProblem: original.isLost
      ? {
          message: `its Port row's external_ids:${SAVED_KEY} cannot be read, so what the port was before is lost`,
          remedy: 'set vlan_mode, tag, trunks and protected as they should be and remove the key',
        }
      : undefined,
    portgroup: kind === 'guest' ? sources.portgroup(identity) : { kind: 'none', source: 'not a guest' },
    facts: 'facts' in metadata ? metadata.facts : NO_FACTS,
    factsProblem:
      'facts' in metadata
        ? undefined
        : { message: metadata.problem, alarm: !metadata.awaited, remedy: metadata.remedy },
    moving: kind === 'guest' && sources.isMoving(identity),
    handedOver: identity.handedOver,
    failure: interfaces.flatMap(failureOf)[0],
    device: kind === 'guest' ? sources.device(identity) : undefined,
    installed: ids !== undefined && isInstalled(ids),
    managedBefore: identity.managedBefore,
    row,
    interfaces,
    vmId: identity.vmId,
    guestName: kind === 'guest' ? sources.guestName(identity) : undefined,
  };
}

/** What a port is of which nobody says that it is a guest's. */
function kindOf(row: PortRow, interfaces: readonly InterfaceRow[]): Exclude<PortKind, 'guest'> {
  if (interfaces.length > 1 || interfaces.some(({ type }) => LINK_TYPES.has(type))) return 'link';
  const isUplink = row.external_ids.get(UPLINK_KEY) === 'true';
  return !isUplink && interfaces.some(leadsToGuest) ? 'unnamed' : 'plain';
}

/**
 * Whether a process is behind the interface, as a virtual machine is: a vhost-user socket, or a tap that somebody else made (the
 * kernel's driver is called `tun`), or the end of a container's veth pair. Open vSwitch's own taps, of type `internal` and `tap`,
 * lead to the host itself.
 */
function leadsToGuest({ name, type, status }: InterfaceRow): boolean {
  if (type === 'dpdkvhostuser' || type === 'dpdkvhostuserclient') return true;
  if (type !== '' && type !== 'system') return false;
  const driver = status.get('driver_name');
  return driver === 'tun' || (driver === 'veth' && CONTAINER_END.test(name));
}

/**
 * LACP is agreed on where a member says so. The active member goes by its address (`bond_active_slave` in ovs-vswitchd.conf.db(5));
 * a member whose link is down brings nothing, so it matters not what it is.
 */
function bondOf(row: PortRow, interfaces: readonly InterfaceRow[]): BondAdmission {
  const configured = row.lacp === 'active' || row.lacp === 'passive';
  const numbers = (which: readonly InterfaceRow[]) => which.flatMap((one) => openFlowNumber(one.ofport));
  const active = row.bond_active_slave?.toLowerCase();
  const isTrue = (key: string) => row.other_config.get(key) === 'true';
  const negotiated = interfaces.some((one) => one.lacp_current === true);
  return admissionOf({
    mode: row.bond_mode,
    lacp: !configured ? 'off' : negotiated ? 'negotiated' : 'unanswered',
    fallback: isTrue('lacp-fallback-ab'),
    allActive: isTrue('all-members-active') || isTrue('all-slaves-active'),
    members: numbers(interfaces),
    active: numbers(interfaces.filter((one) => active !== undefined && one.mac_in_use?.toLowerCase() === active)),
  });
}

/** The host's end of a container's veth pair, as LXD, Incus, LXC, docker and podman name it. */
const CONTAINER_END = /^veth[0-9A-Za-z]/;

/**
 * Keys of external_ids by which whoever plugs a guest says so. libvirt writes the first four (src/util/virnetdevopenvswitch.c),
 * OpenStack's os-vif `vm-uuid` in place of `vm-id` (vif_plug_ovs/ovsdb/ovsdb_lib.py), and Xen's hotplug script, which plugs for
 * libvirt there, `xen-vm-uuid` (tools/hotplug/Linux/vif-openvswitch): the domain's uuid, both.
 */
const GUEST_KEYS = ['iface-id', 'attached-mac', 'vm-id', 'port-profile', 'vm-uuid', 'xen-vm-uuid'] as const;

function isGuest(ids: ReadonlyMap<string, string>): boolean {
  return GUEST_KEYS.some((key) => ids.has(key));
}

/** Why ovs-vswitchd could not add the interface, which it says by the number -1. */
function failureOf({ ofport, error }: InterfaceRow): readonly string[] {
  return ofport === -1 ? [error ?? 'it gives no cause'] : [];
}

function openFlowNumber(ofport: number | undefined): readonly number[] {
  if (ofport === undefined || ofport < 1) return [];
  return [ofport === LOCAL_OVSDB ? LOCAL_OPENFLOW : ofport];
}

import type { BondAdmission } from './bond.ts';
import type { GuestFacts } from './guest-facts.ts';
import type { VlanSetting } from './vlan-setting.ts';

/** What the sources say of a guest port's portgroup; `file`: where the source has it from, if that is a file. */
export type PortgroupFinding =
  | {
      readonly kind: 'portgroup';
      readonly name: string;
      readonly source: string;
      readonly file?: string;
      /** The port has it by what was known before, though the guest's sources do not give it any more: an alarm. */
      readonly kept?: { readonly message: string; readonly remedy: string };
    }
  /** The port is known, and certainly has no portgroup. */
  | { readonly kind: 'none'; readonly source: string; readonly file?: string }
  /** `contradicts`: the sources disagree, which stays closed even where unknown ports are to be open. */
  | {
      readonly kind: 'unknown';
      readonly why: string;
      readonly contradicts?: boolean;
      /** What the operator can do, where that is known. */
      readonly remedy?: string | undefined;
    };

/**
 * Where a port leads. A *guest* says whose it is (`iface-id`, `attached-mac` or `vm-id` in its external_ids); a *link*
 * (bond, patch, tunnel) leads to other switches by its nature; an *unnamed* port leads to a guest by its nature (a tap, a
 * vhost-user socket) and does not say whose; a *plain* port is anything else: a physical interface, the host's own, a router's.
 */
export type PortKind = 'guest' | 'link' | 'unnamed' | 'plain';

/** One port of one bridge, as far as Private VLANs are concerned. */
export interface SwitchPort {
  readonly name: string;
  readonly kind: PortKind;
  /** OpenFlow port numbers (OpenFlow 1.1 numbering) of its interfaces that have one; more than one for a bond. */
  readonly ofports: readonly number[];
  /** How many interfaces the port joins, numbered or not. */
  readonly interfaceCount: number;
  /** Undefined where the port is no bond. */
  readonly bond?: BondAdmission;
  /** `attached-mac` as written, well-formed or not. */
  readonly attachedMac: string | undefined;
  /** The address of the host's own network interface (`type=internal`, the bridge's own included), where the port is one. */
  readonly ownMac: string | undefined;
  readonly ifaceId: string | undefined;
  /** The VLAN setting the port had before anything was parked: what the operator or libvirt wants of it. */
  readonly vlan: VlanSetting;
  /** Why that is not known, if so: the port stays closed then. */
  readonly settingProblem: { readonly message: string; readonly remedy: string } | undefined;
  readonly portgroup: PortgroupFinding;
  /** What the guest's own sources (libvirt's metadata) say beyond that. */
  readonly facts: GuestFacts;
  /** Why they are not known, if so: the port stays closed then. `alarm`: that will not solve itself. */
  readonly factsProblem:
    { readonly message: string; readonly alarm: boolean; readonly remedy?: string | undefined } | undefined;
  /** Its guest is on the way to or from another host: frames for it have to go both ways. */
  readonly moving: boolean;
  /** The port's marks are those of another NIC: its VLAN setting may be that one's, too. */
  readonly handedOver: boolean;
  /** Why ovs-vswitchd could not add the port, if so (`error` of the Interface table): it has no number then. */
  readonly failure: string | undefined;
  /** The name of the port by which the guest's NIC is plugged in, where its hypervisor tells; another than its own: it is a leftover. */
  readonly device: string | undefined;
  /** The port's flows were acknowledged before: of two ports that claim one address, the incumbent keeps it. */
  readonly installed: boolean;
  /** The agent has had the port in hand: its rows bear marks or a kept setting, so it had a role once, or was closed. */
  readonly managedBefore: boolean;
}

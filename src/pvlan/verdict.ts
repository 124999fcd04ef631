import type { IpPrefix } from './guest-facts.ts';
import type { GroupMac, Mac } from './mac.ts';
import type { ConfinedRole, PromiscuousRole } from './role.ts';
import type { SwitchPort } from './switch-port.ts';
import type { VlanId } from './vlan-id.ts';

/** Why a port is closed. `alarm` asks for the operator: it will not solve itself. */
export interface Quarantine {
  readonly code:
    | 'unresolved'
    | 'half-known'
    | 'invalid-portgroup'
    | 'promiscuous-mac'
    | 'port-failed'
    | 'duplicate-mac'
    | 'duplicate-ofport'
    | 'vlan-conflict'
    | 'secondary-vlan'
    | 'guest-facts'
    | 'several-interfaces'
    | 'outside';
  readonly message: string;
  /** What the operator can do, where the judgement knows; else the code has to do. */
  readonly remedy: string | undefined;
  readonly alarm: boolean;
}

/** The cause and what to do about it, in one sentence. */
export function quarantineText({ message, remedy }: Pick<Quarantine, 'message' | 'remedy'>): string {
  return remedy === undefined ? message : `${message}: ${remedy}`;
}

/** An isolated or community port: one guest NIC, pinned to its address. */
export interface GuestEndpoint {
  readonly kind: 'guest';
  readonly port: SwitchPort;
  /** Absent until ovs-vswitchd has given the port a number. */
  readonly ofport: number | undefined;
  readonly role: ConfinedRole;
  readonly mac: Mac;
  /** Further addresses it may send from and is reached by. */
  readonly extraMacs: readonly Mac[];
  /** Group addresses that it may name as its own; frames to them reach every guest. */
  readonly groupMacs?: readonly GroupMac[];
  /** IP addresses it may send from; undefined where they are not known, and then not checked. */
  readonly addresses: readonly IpPrefix[] | undefined;
  /** VLAN of its frames between hosts: the primary in single wire mode, else its secondary VLAN. */
  readonly wireVlan: VlanId;
}

/** A promiscuous port: a router's. Its frames are trusted whatever their source. */
export interface PromiscuousEndpoint {
  readonly kind: 'promiscuous';
  readonly port: SwitchPort;
  readonly ofport: number | undefined;
  readonly role: PromiscuousRole;
  /** Primary VLANs it is promiscuous in: its role's, and on a trunk every other one that the trunk names. */
  readonly primaries: readonly VlanId[];
  /** Known for guests and for the host's own interfaces. */
  readonly mac: Mac | undefined;
  /** How its frames of the primary VLAN look: untagged on an access port, tagged on a trunk, either with a native VLAN. */
  readonly untagged: boolean;
  readonly tagged: boolean;
  /** How it gets them: untagged, but on a trunk and with a native VLAN that is tagged. */
  readonly getsUntagged: boolean;
}

/** A guest outside every Private VLAN: left as it was, and never believed when it claims a promiscuous address. */
export interface StrangerEndpoint {
  readonly kind: 'stranger';
  readonly port: SwitchPort;
  /** The only addresses it may use in a Private VLAN's VLANs; undefined where any will do that is nobody else's. */
  readonly pinned?: readonly Mac[];
  /** Why it may have been meant to be in a Private VLAN. */
  readonly doubt?: { readonly message: string; readonly remedy: string };
}

/** What a port is to the Private VLANs of its bridge. */
export type Verdict =
  | GuestEndpoint
  | PromiscuousEndpoint
  | { readonly kind: 'quarantined'; readonly port: SwitchPort; readonly quarantine: Quarantine }
  | StrangerEndpoint
  /** Leads to other switches or hosts: frames with a promiscuous source come from a promiscuous port there. */
  | { readonly kind: 'wire'; readonly port: SwitchPort };

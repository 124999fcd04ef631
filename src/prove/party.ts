import type { IpPrefix } from '../pvlan/guest-facts.ts';
import type { Mac } from '../pvlan/mac.ts';
import type { Guards } from '../pvlan/policy.ts';
import type { Role } from '../pvlan/role.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import type { WireMode } from '../pvlan/wire-mode.ts';

/** What a port is to the Private VLANs, as far as claims about it go. */
export type PartyKind = 'guest' | 'promiscuous' | 'quarantined' | 'outside' | 'wire';

/** A port of a bridge that claims are made about. */
export interface Party {
  readonly bridge: string;
  readonly port: string;
  readonly kind: PartyKind;
  /** Of guests and promiscuous ports. */
  readonly role: Role | undefined;
  /** Primary VLANs that a promiscuous port is promiscuous in. */
  readonly primaries: readonly VlanId[];
  /** Addresses that a guest may send from. */
  readonly macs: readonly Mac[];
  /** Group addresses that a guest may name as its own. */
  readonly groupMacs?: readonly string[];
  /** IP addresses that a guest may send from; undefined: any. */
  readonly addresses?: readonly IpPrefix[];
  /** What guests of its Private VLAN may not be. */
  readonly guards?: Guards;
}

/** What a bridge believes of frames from other switches in a Private VLAN. */
export interface Believed {
  readonly bridge: string;
  readonly primary: VlanId;
  readonly wire: WireMode;
  /** Promiscuous addresses that other switches may bring. */
  readonly promiscuousMacs: readonly Mac[];
}

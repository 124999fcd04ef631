import type { XmlElement } from './element.ts';

/** Which NIC is meant. `mac` is the guest's address, as in OVSDB's `attached-mac`; not the tap device's `fe:…` one. */
export interface NicQuery {
  readonly interfaceId?: string;
  readonly vmId?: string;
  readonly mac?: string;
  readonly bridge?: string;
}

export type RungName = 'network-port' | 'domain-status' | 'domain' | 'network-default' | 'virsh';

/** Where an answer was read. `file` is absent when no file was (virsh). */
export interface Source {
  readonly rung: RungName;
  readonly file?: string;
}

/** What libvirt gave the port as its `port-profile`; undefined for none. */
export interface GivenProfile {
  readonly id: string | undefined;
}

/** `profile` is told by live sources only, and only of NICs that libvirt itself plugs into Open vSwitch. */
export type PortgroupAnswer =
  | {
      readonly kind: 'portgroup';
      readonly portgroup: string;
      readonly network?: string;
      readonly profile?: GivenProfile;
      readonly source: Source;
    }
  /** A known NIC, definitively without a portgroup; `defined`: the one that its domain's definition gives it all the same. */
  | {
      readonly kind: 'none';
      readonly profile?: GivenProfile;
      readonly source: Source;
      readonly defined?: { readonly portgroup: string; readonly source: Source };
    }
  /** Nothing knows this NIC yet, or the sources conflict or cannot be read. */
  | { readonly kind: 'unknown'; readonly why: string };

/** What a domain's metadata say in one namespace; `awaited`: an answer is on its way. */
export type MetadataAnswer =
  | { readonly kind: 'metadata'; readonly elements: readonly XmlElement[] }
  /** There may be some that cannot be read now. */
  | { readonly kind: 'unknown'; readonly why: string; readonly awaited: boolean };

/** A domain's run state as libvirt spells it, e.g. `paused` for the reason `migration`. */
export interface DomainState {
  readonly uuid: string;
  readonly name: string;
  readonly state: string;
  readonly reason: string;
}

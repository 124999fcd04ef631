import { isConfined, type Role } from './role.ts';
import type { VlanId } from './vlan-id.ts';

/** How the frames of a Private VLAN look between hosts. */
export type WireMode =
  /** Everything travels in the primary VLAN: plain switches need nothing. A community ends at its host. */
  | { readonly kind: 'single' }
  /**
   * Isolated and community senders use a VLAN of their own, promiscuous senders the primary (RFC 5517 section 3): for
   * switches that know Private VLANs.
   */
  | {
      readonly kind: 'secondary';
      readonly isolated: VlanId | undefined;
      readonly communities: ReadonlyMap<string, VlanId>;
    };

export const SINGLE: WireMode = { kind: 'single' };

/** Every VLAN that stands for senders of one kind: id and community, undefined for isolated ones. Empty in single mode. */
export function secondaryVlans(
  wire: WireMode,
): readonly { readonly vid: VlanId; readonly community: string | undefined }[] {
  if (wire.kind === 'single') return [];
  const isolated = wire.isolated === undefined ? [] : [{ vid: wire.isolated, community: undefined }];
  return [...isolated, ...Array.from(wire.communities, ([community, vid]) => ({ vid, community }))];
}

/** The VLAN in which a guest of `role` goes on the wire; undefined when the operator gave its kind none. */
export function wireVlan(role: Role, wire: WireMode): VlanId | undefined {
  if (wire.kind === 'single' || !isConfined(role)) return role.primary;
  return role.kind === 'isolated' ? wire.isolated : wire.communities.get(role.community);
}

import type { VlanId } from './vlan-id.ts';

/** What a port is in a Private VLAN (RFC 5517 section 3): whom it may talk to at layer 2. */
export type Role =
  /** Talks to every port of the primary VLAN. */
  | { readonly kind: 'promiscuous'; readonly primary: VlanId }
  /** Talks to promiscuous ports only. */
  | { readonly kind: 'isolated'; readonly primary: VlanId }
  /** Talks to promiscuous ports and to members of the same community. */
  | { readonly kind: 'community'; readonly primary: VlanId; readonly community: string };

/** The role as an operator writes and reads it: `isolated-2102`, `community-2102-web`, `promisc-2102`. */
export function roleName(role: Role): string {
  switch (role.kind) {
    case 'promiscuous':
      return `promisc-${role.primary}`;
    case 'isolated':
      return `isolated-${role.primary}`;
    case 'community':
      return `community-${role.primary}-${role.community}`;
  }
}

import { fold } from '../libvirt/identity.ts';
import { isOnTheMove } from '../libvirt/run-state.ts';
import type { LibvirtSources } from '../libvirt/sources.ts';
import { NO_FACTS } from '../pvlan/guest-facts.ts';
import { macAddress } from '../pvlan/mac.ts';
import type { Policy } from '../pvlan/policy.ts';
import { GUEST_NAMESPACE, guestFacts, type GuestMetadata } from './guest-metadata.ts';
import { findPortgroup, nicQuery } from './portgroup-finder.ts';
import type { GuestIdentity, GuestSources } from './surveyed-port.ts';

/**
 * Guests as the port's own words, the operator's policy and libvirt's files (if there are any) describe them. `movedBefore` are
 * the domains that were on the move last time: one of which libvirt says nothing any more is so still, for where a migration
 * ends or is cancelled the domain goes first and its port after it.
 *
 * Where there are status files, a domain that has none yet counts as on the move, too: libvirt writes it only once QEMU is
 * there, some 0.3 s after the port at the destination of a migration, while the guest runs elsewhere all the time. For any
 * other guest that means no more than that frames for it are also switched as usual until the file is there.
 */
export function guestSources(
  policy: Policy,
  libvirt: LibvirtSources | undefined,
  movedBefore: ReadonlySet<string> = new Set(),
): GuestSources & { readonly moving: ReadonlySet<string> } {
  const lookup = libvirt === undefined ? undefined : libvirt.resolve.bind(libvirt);
  const moving = new Set(movedBefore);
  for (const domain of libvirt?.domains() ?? []) {
    if (isOnTheMove(domain)) moving.add(domain.uuid);
    else moving.delete(domain.uuid);
  }
  return {
    moving,
    portgroup: (guest) => findPortgroup(guest, policy, lookup),
    facts: (guest) => factsOf(guest, libvirt),
    device: (guest) => libvirt?.device(nicQuery(guest)),
    guestName: ({ vmId }) => (vmId === undefined ? undefined : libvirt?.domainName(vmId)),
    isMoving: ({ vmId, managedBefore }) => {
      const uuid = fold(vmId);
      if (uuid === undefined || libvirt === undefined) return false;
      return moving.has(uuid) || libvirt.isExpected(uuid, managedBefore);
    },
  };
}

function factsOf({ vmId, mac, managedBefore }: GuestIdentity, libvirt: LibvirtSources | undefined): GuestMetadata {
  const address = macAddress(mac ?? '');
  if (libvirt === undefined || vmId === undefined || address === undefined) return { facts: NO_FACTS };
  const metadata = libvirt.metadata(vmId, GUEST_NAMESPACE, managedBefore);
  if (metadata.kind === 'metadata') return guestFacts(metadata.elements, address);
  const { why, awaited } = metadata;
  const remedy = 'let the agent read what libvirt writes of it, or start its guest anew while the agent runs';
  return { problem: `its metadata, which may pin its addresses, cannot be known: ${why}`, awaited, remedy };
}

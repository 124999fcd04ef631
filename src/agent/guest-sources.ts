import type { LibvirtSources } from '../libvirt/sources.ts';
import { NO_FACTS } from '../pvlan/guest-facts.ts';
import { macAddress } from '../pvlan/mac.ts';
import type { Policy } from '../pvlan/policy.ts';
import { GUEST_NAMESPACE, guestFacts } from './guest-metadata.ts';
import { findPortgroup } from './portgroup-finder.ts';
import type { GuestSources } from './surveyed-port.ts';

/**
 * Reasons of a paused domain (`virDomainPausedReason`) that mean it may be about to run, or be running, on another host: a
 * destination shows `starting up` and then `migration`, a source `migration` or `post-copy`.
 */
const MOVING = new Set(['starting up', 'migration', 'post-copy', 'post-copy failed']);

/**
 * Guests as the port's own words, the operator's policy and libvirt's files (if there are any) describe them. `movedBefore` are
 * the domains that were on the move last time: one of which libvirt says nothing any more is so still, for where a migration
 * ends or is cancelled the domain goes first and its port after it.
 */
export function guestSources(
  policy: Policy,
  libvirt: LibvirtSources | undefined,
  movedBefore: ReadonlySet<string> = new Set(),
): GuestSources & { readonly moving: ReadonlySet<string> } {
  const lookup = libvirt === undefined ? undefined : libvirt.resolve.bind(libvirt);
  const moving = new Set(movedBefore);
  for (const { uuid, state, reason } of libvirt?.domains() ?? []) {
    if (state === 'paused' && MOVING.has(reason)) moving.add(uuid);
    else moving.delete(uuid);
  }
  return {
    moving,
    portgroup: (guest) => findPortgroup(guest, policy, lookup),
    facts: ({ vmId, mac }) => {
      const address = macAddress(mac ?? '');
      if (libvirt === undefined || vmId === undefined || address === undefined) return { facts: NO_FACTS };
      return guestFacts(libvirt.metadata(vmId, GUEST_NAMESPACE), address);
    },
    isMoving: (guest) => guest.vmId !== undefined && moving.has(guest.vmId),
  };
}

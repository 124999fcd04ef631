import type { Flow } from '../../openflow/flow.ts';
import type { LinkLocal } from '../../pvlan/policy.ts';
import type { NumberedGuest } from '../bridge-plan.ts';
import type { BridgeContext } from '../context.ts';
import { Cause } from '../cause.ts';
import { portCookie } from '../cookie.ts';
import { Guard, type Layout } from '../layout.ts';
import { reservedFlows } from '../reserved.ts';
import { ownAddresses } from './addresses.ts';
import { malformed } from './form.ts';
import { foreignNeighbours, ownNeighbours } from './neighbours.ts';
import { pass, refusal, ruleFlows } from './rule.ts';
import { ownAdvertisements, portFlows, servicesOfAll, takenAdvertisements } from './services.ts';
import { listedLinkLocal, sourcesOf, sourcesOfAll, takenSources } from './sources.ts';

/**
 * What guests may say. A guest may speak of no address but its own, or it would draw another guest's traffic to itself through
 * the router's neighbour table: link-layer addresses first, then IP addresses where they are known; then it may offer no service
 * that is forbidden. Each question has a table of its own, so that what it compares adds to the masks of the datapath instead of
 * multiplying them. Frames that pass go on to the guest table.
 */
export function guardFlows({ settings, layout }: BridgeContext): readonly Flow[] {
  const forbidsDhcp = settings.some(({ guards }) => guards.dhcpServer);
  return [
    ...reservedFlows(layout.guard, Guard.REFUSE, refusal(Cause.MALFORMED, layout)),
    ...ruleFlows(layout, [...malformed(), ...foreignNeighbours()], layout.guard, layout.address),
    ...ruleFlows(layout, [pass(Guard.DEFAULT, {})], layout.guard, layout.address),
    ...ruleFlows(layout, sourcesOfAll(), layout.address, layout.port),
    ...portFlows(layout, forbidsDhcp),
    ...ruleFlows(layout, servicesOfAll(forbidsDhcp), layout.service, layout.guest),
  ];
}

/** What one guest may say. */
export function guardsOf(guest: NumberedGuest, linkLocal: LinkLocal | undefined, layout: Layout): readonly Flow[] {
  const cookie = portCookie(guest.ofport);
  const neighbours = ruleFlows(layout, ownNeighbours(guest), layout.guard, layout.address, cookie);
  if (guest.addresses === undefined) return neighbours;
  const own = ownAddresses(guest, linkLocal);
  const { primary } = guest.role;
  const listed = listedLinkLocal(guest);
  return [
    ...neighbours,
    ...ruleFlows(
      layout,
      [...sourcesOf(guest, own), ...takenSources(primary, listed)],
      layout.address,
      layout.port,
      cookie,
    ),
    ...ruleFlows(
      layout,
      [...ownAdvertisements(guest, own.v6), ...takenAdvertisements(primary, listed)],
      layout.service,
      layout.guest,
      cookie,
    ),
  ];
}

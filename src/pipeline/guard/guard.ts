import type { Flow } from '../../openflow/flow.ts';
import type { NumberedGuest } from '../bridge-plan.ts';
import type { BridgeView } from '../bridge-view.ts';
import { Cause } from '../cause.ts';
import { portCookie, primaryCookie } from '../cookie.ts';
import { Guard, type Layout } from '../layout.ts';
import { reservedFlows } from '../reserved.ts';
import { ownAddresses } from './addresses.ts';
import { malformed } from './form.ts';
import { foreignNeighbours, ownNeighbours } from './neighbours.ts';
import { pass, refusal, ruleFlows } from './rule.ts';
import { ownAdvertisements, portFlows, refusedAdvertisements, servicesOfAll, takenAdvertisements } from './services.ts';
import { listedLinkLocal, sourcesOf, sourcesOfAll, takenSources } from './sources.ts';

/**
 * What guests may say. A guest may speak of no address but its own, or it would draw another guest's traffic to itself through
 * the router's neighbour table: link-layer addresses first, then IP addresses where they are known; then it may offer no service
 * that is forbidden. Each question has a table of its own, so that what it compares adds to the masks of the datapath instead of
 * multiplying them. Frames that pass go on to the guest table.
 */
export function guardFlows(view: BridgeView, layout: Layout): readonly Flow[] {
  const { plan, memo } = view;
  const forbidsDhcp = plan.primaries.some(({ guards }) => guards.dhcpServer);
  const forAll = (): readonly Flow[] => [
    ...reservedFlows(layout.guard, Guard.REFUSE, refusal(Cause.MALFORMED, layout)),
    ...ruleFlows(layout, [...malformed(), ...foreignNeighbours()], layout.guard, layout.address),
    ...ruleFlows(layout, [pass(Guard.DEFAULT, {})], layout.guard, layout.address),
    ...ruleFlows(layout, sourcesOfAll(), layout.address, layout.port),
    ...portFlows(layout, forbidsDhcp),
    ...ruleFlows(layout, servicesOfAll(forbidsDhcp), layout.service, layout.guest),
    ...plan.primaries.flatMap((one) =>
      ruleFlows(layout, refusedAdvertisements(one), layout.service, layout.guest, primaryCookie(one.primary)),
    ),
  ];
  const linkLocal = new Map(plan.primaries.map(({ primary, guards }) => [primary, guards.linkLocal]));
  return [
    ...memo.flows(plan.primaries, 'guards', forAll),
    ...view.guests.flatMap((guest) => {
      const policy = linkLocal.get(guest.role.primary);
      return memo.flows(guest, `guarded, link-local ${policy ?? 'unknown'}`, () => flowsOf(guest, policy, layout));
    }),
  ];
}

function flowsOf(guest: NumberedGuest, linkLocal: Parameters<typeof ownAddresses>[1], layout: Layout): readonly Flow[] {
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

import type { Flow } from '../openflow/flow.ts';
import { openGuests, type BridgePlan, type NumberedGuest } from './bridge-plan.ts';
import { communityOf } from './community-of.ts';
import { BRIDGE_COOKIE, portCookie, primaryCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import {
  FORGET_IN_PORT,
  GROUP_ADDRESS,
  inCommunity,
  inPrimary,
  NORMAL,
  outputTo,
  STRIP_TAG,
  tagWith,
} from './steps.ts';

/** EtherTypes of VLAN tags (IEEE 802.1Q and 802.1ad): seen as the type of a frame, they are a second tag. */
const TAG_TYPES = [0x8100, 0x88a8];

/**
 * What becomes of a guest's frames: NORMAL carries them in the primary VLAN to promiscuous ports and other switches, and
 * cannot deliver to parked ports. Members of the sender's own community are reached by name.
 */
export function guestFlows(plan: BridgePlan, layout: Layout): readonly Flow[] {
  const doubleTagged = TAG_TYPES.map((ethType) => ({
    table: layout.guest,
    priority: Step.REFUSE,
    cookie: BRIDGE_COOKIE,
    match: { ethType },
    actions: [],
  }));
  const toPromiscuous = [...plan.primaries.keys()].map((primary) => ({
    table: layout.guest,
    priority: Step.DEFAULT,
    cookie: primaryCookie(primary),
    match: { regs: inPrimary(primary) },
    actions: [tagWith(primary), FORGET_IN_PORT, NORMAL],
  }));
  return [...doubleTagged, ...communityFlows(plan, layout), ...toPromiscuous];
}

function communityFlows(plan: BridgePlan, layout: Layout): readonly Flow[] {
  const number = communityOf(plan);
  const groups = new Map<string, NumberedGuest[]>();
  for (const guest of openGuests(plan)) {
    if (guest.role.kind !== 'community') continue;
    const key = `${guest.role.primary} ${guest.role.community}`;
    groups.set(key, [...(groups.get(key) ?? []), guest]);
  }
  return [...groups.values()].flatMap((members) =>
    members.flatMap((member, index) => {
      const { primary } = member.role;
      const regs = inCommunity(primary, number(member));
      const unicast: Flow = {
        table: layout.guest,
        priority: Step.EXACT,
        cookie: portCookie(member.ofport),
        match: { regs, ethDst: { value: member.mac } },
        actions: [STRIP_TAG, outputTo(member.ofport)],
      };
      if (index > 0) return [unicast];
      const toGroup: Flow = {
        table: layout.guest,
        priority: Step.GROUP,
        cookie: primaryCookie(primary),
        match: { regs, ethDst: GROUP_ADDRESS },
        // Members first, while the input port is still known: the switch never sends a frame back to it.
        actions: [STRIP_TAG, ...members.map((peer) => outputTo(peer.ofport)), tagWith(primary), FORGET_IN_PORT, NORMAL],
      };
      return [toGroup, unicast];
    }),
  );
}

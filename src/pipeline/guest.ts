import type { Action } from '../openflow/action.ts';
import type { Flow } from '../openflow/flow.ts';
import type { Mac } from '../pvlan/mac.ts';
import { groupOf } from '../pvlan/role.ts';
import type { NumberedGuest, PrimarySetting } from './bridge-plan.ts';
import { Cause, portBecause } from './cause.ts';
import { foreignFlow, speakingFlows } from './classify.ts';
import { numberOf } from './communities.ts';
import type { GuestContext } from './context.ts';
import { portCookie } from './cookie.ts';
import { guardsOf } from './guard/guard.ts';
import { Nested, Step, type Layout } from './layout.ts';
import { learnSenderTo } from './learning.ts';
import { handToNormal } from './normal-source.ts';
import { refusedByName } from './refused.ts';
import { knowing } from './registers.ts';
import { NORMAL, outputTo, STRIP_TAG } from './steps.ts';
import { vlansOf } from './vlans.ts';

/** The addresses that a guest sends from and is reached by. */
export function addressesOf({ mac, extraMacs }: NumberedGuest): readonly Mac[] {
  return extraMacs.length === 0 ? [mac] : [mac, ...extraMacs];
}

/**
 * The claims of a guest to its addresses: within its primary VLAN, and, but for a guest whose address is a router's of another one
 * (`isRouters`), among all that come behind a second tag, where no VLAN shows. Several guests may have the same one.
 */
export function claimsOf(guest: NumberedGuest, isRouters: boolean): readonly string[] {
  const macs = addressesOf(guest);
  const inPrimary = macs.map((mac) => claimInPrimary(guest, mac));
  return isRouters ? inPrimary : [...inPrimary, ...macs.map(claimBehindTag)];
}

export function claimInPrimary({ role }: NumberedGuest, mac: Mac): string {
  return `${role.primary} ${mac}`;
}

export function claimBehindTag(mac: Mac): string {
  return `tag ${mac}`;
}

/** What a guest's flows depend on besides the guest. */
export interface GuestSituation {
  readonly setting: PrimarySetting | undefined;
  /** Its claims that others have, too, one a line. */
  readonly shared: string | undefined;
  /** Its address is a promiscuous one of another primary VLAN. */
  readonly isRouters: boolean;
}

/** Every flow of an open guest, but for the addresses that it shares with others. */
export function guestFlows(
  guest: NumberedGuest,
  { setting, shared, isRouters }: GuestSituation,
  context: GuestContext,
): readonly Flow[] {
  const { layout, displaced } = context;
  const isShared = (claim: string): boolean => shared?.split('\n').includes(claim) === true;
  const macs = addressesOf(guest);
  const alone = macs.filter((mac) => !isShared(claimInPrimary(guest, mac)));
  const aloneBehindTag = isRouters ? [] : macs.filter((mac) => !isShared(claimBehindTag(mac)));
  return [
    ...speakingFlows(guest, communityOf(guest, displaced), setting, layout),
    foreignFlow(guest, layout),
    ...refusedByName(guest, setting, layout),
    ...guardsOf(guest, setting?.guards.linkLocal, layout),
    ...(setting === undefined ? [] : notFromTheWire(guest, layout)),
    ...(setting === undefined ? [] : alone.flatMap((mac) => holderFlows(mac, [guest], setting, context))),
    ...aloneBehindTag.map((mac) => behindTagFlow(mac, [guest], layout)),
  ];
}

/** The number of the guest's community; 0: none. */
export function communityOf({ role }: NumberedGuest, displaced: ReadonlyMap<string, number>): number {
  return numberOf(groupOf(role), displaced);
}

/** The flows of an address in a primary VLAN, for the guests that hold it. */
export function holderFlows(
  mac: Mac,
  holders: readonly NumberedGuest[],
  setting: PrimarySetting,
  context: GuestContext,
): readonly Flow[] {
  const { layout } = context;
  const { primary } = setting;
  const ofport = holders[0]?.ofport ?? 0;
  const outputs = [STRIP_TAG, ...holders.map((holder) => outputTo(holder.ofport))];
  const isMoving = holders.some((holder) => holder.port.moving);
  const fromRouters: Flow = {
    table: layout.promiscuous,
    priority: Step.EXACT,
    cookie: portCookie(ofport),
    match: { regs: knowing({ primary }), ethDst: { value: mac } },
    // A guest on the move may be here or elsewhere: NORMAL follows its address, the output serves the port here. Any other is
    // here alone, and NORMAL learns where the router is, so that what guests answer is not flooded.
    actions: [...(isMoving ? [NORMAL] : learnSenderTo(mac, layout)), ...outputs],
  };
  return [fromRouters, ...byAddressAlone(mac, ofport, setting, layout), ...fromMembers(mac, holders, setting, context)];
}

/** Members of a community reach each other by name. */
function fromMembers(
  mac: Mac,
  guests: readonly NumberedGuest[],
  setting: PrimarySetting,
  { layout, displaced, normalSource }: GuestContext,
): readonly Flow[] {
  const { primary, wire } = setting;
  const numbers = new Set(guests.map((guest) => communityOf(guest, displaced)));
  numbers.delete(0);
  return [...numbers].flatMap((community) => {
    const holders = guests.filter((guest) => communityOf(guest, displaced) === community);
    const outputs = [STRIP_TAG, ...holders.map((holder) => outputTo(holder.ofport))];
    const isMoving = holders.some((holder) => holder.port.moving);
    const flow = (table: number, carried: (outputs: readonly Action[]) => readonly Action[]): Flow => ({
      table,
      priority: Step.EXACT,
      cookie: portCookie(holders[0]?.ofport ?? 0),
      match: { regs: knowing({ primary, community }), ethDst: { value: mac } },
      // A member on the move may be here or elsewhere.
      actions: isMoving ? carried(outputs) : outputs,
    });
    if (wire.kind === 'single') {
      return [flow(layout.guest, (here) => [...here, ...handToNormal(primary, normalSource)])];
    }
    const vlan = vlansOf(setting, displaced).find((facts) => facts.community === community)?.vlan;
    if (vlan === undefined) return [];
    return [
      flow(layout.guest, (here) => [...here, ...handToNormal(vlan, normalSource)]),
      flow(layout.secondary, (here) => [NORMAL, ...here]),
    ];
  });
}

/**
 * In single mode the address tells who is who: nobody outside uses a guest's. And who speaks to a guest by name from another switch,
 * and is not on the list, is a router that nobody has told of, or a station with no business here: NORMAL learns it, as it does
 * without this flow, which is there to count.
 */
function byAddressAlone(mac: Mac, ofport: number, { primary, wire }: PrimarySetting, layout: Layout): readonly Flow[] {
  if (wire.kind !== 'single') return [];
  const regs = knowing({ vlan: primary });
  return [
    {
      table: layout.stranger,
      priority: Step.EXACT,
      cookie: portBecause(Cause.FORGED_OUTSIDE, ofport),
      match: { regs, ethSrc: { value: mac } },
      actions: [],
    },
    {
      table: layout.wire,
      priority: Step.COUNTED,
      cookie: portBecause(Cause.UNLISTED_ROUTER, ofport),
      match: { regs, ethDst: { value: mac } },
      actions: [NORMAL],
    },
  ];
}

/**
 * Who has a guest's own address is plugged in here, so another switch brings a forgery, which would speak for the guest to routers
 * here and teach NORMAL a wrong place for it. A guest on the move may be there; further addresses may be shared with guests there.
 */
function notFromTheWire(guest: NumberedGuest, layout: Layout): readonly Flow[] {
  if (guest.port.moving) return [];
  return [
    {
      table: layout.wire,
      priority: Step.REFUSE,
      cookie: portBecause(Cause.FORGED_WIRE, guest.ofport),
      match: { regs: knowing({ primary: guest.role.primary }), ethSrc: { value: guest.mac } },
      actions: [],
    },
  ];
}

/** Nobody hides behind a tag: the flow of an address there, for the guests that hold it. */
export function behindTagFlow(mac: Mac, holders: readonly NumberedGuest[], layout: Layout): Flow {
  const isElsewhere = holders.some((holder) => holder.port.moving || holder.mac !== mac);
  return {
    table: layout.nested,
    priority: isElsewhere ? Nested.FORGED : Nested.STOLEN,
    cookie: portBecause(Cause.FORGED_OUTSIDE, holders[0]?.ofport ?? 0),
    match: { ethSrc: { value: mac } },
    actions: [],
  };
}

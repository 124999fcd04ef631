import type { Derivation } from '../base/derivation.ts';
import { Dict } from '../base/dict.ts';
import type { Flow } from '../openflow/flow.ts';
import type { Mac } from '../pvlan/mac.ts';
import type { Verdict } from '../pvlan/verdict.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import type { NumberedGuest, NumberedPromiscuous } from './bridge-plan.ts';
import type { BridgeContext } from './context.ts';
import { portCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import { knowing } from './registers.ts';
import { routersHere } from './routers.ts';
import { GROUP_ADDRESS, NORMAL } from './steps.ts';

/** An address that is here and not behind a bond, in a primary VLAN. */
interface AddressHere {
  readonly primary: VlanId;
  readonly mac: Mac;
}

/**
 * Frames from other switches that NORMAL refuses, as it does copies by further members of a bond: they go to NORMAL alone, which
 * decides by what the bond is at that moment. Guests would get them a second time. `here`: routers, and further addresses of guests.
 */
function bondFlows({ kind, port }: Verdict, here: readonly AddressHere[], layout: Layout): readonly Flow[] {
  const { bond } = port;
  if (kind !== 'wire' || bond === undefined) return [];
  const switched = (ofport: number, match: Flow['match']): Flow => ({
    table: layout.wire,
    priority: Step.SWITCHED,
    cookie: portCookie(ofport),
    match: { ...match, inPort: ofport },
    actions: [NORMAL],
  });
  // Who is here is not behind the bond, unless one with the same address runs elsewhere, too, whom NORMAL alone then hears. A guest's
  // own address is refused from the wire anyway.
  const reflected = !bond.mayReflect
    ? []
    : here.flatMap(({ primary, mac }) =>
        port.ofports.map((ofport) => switched(ofport, { regs: knowing({ primary }), ethSrc: { value: mac } })),
      );
  return [
    ...bond.closed.map((ofport) => switched(ofport, {})),
    ...bond.closedToGroups.map((ofport) => switched(ofport, { ethDst: GROUP_ADDRESS })),
    ...reflected,
  ];
}

/** The flows of every bond. */
export function bondChunks(
  now: Derivation,
  wires: Dict<string, Verdict>,
  guests: Dict<string, NumberedGuest>,
  routers: Dict<string, NumberedPromiscuous>,
  { settings, layout }: BridgeContext,
): Dict<string, readonly Flow[]> {
  const bonded = now.group('bonds', wires, ({ port }) => (port.bond === undefined ? [] : ['bonds'])).get('bonds');
  const further = now
    .group('further addresses', guests, ({ extraMacs }) => (extraMacs.length === 0 ? [] : ['further']))
    .get('further');
  const here = now.once('addresses here', [further, routers, settings], (): readonly AddressHere[] => {
    const primaries = new Set(settings.map(({ primary }) => primary));
    const ofRouters = settings.flatMap(({ primary }) => {
      const ofPrimary = Dict.of(Array.from(routers).filter(([, router]) => router.primaries.includes(primary)));
      return Array.from(routersHere(ofPrimary).keys(), (mac) => ({ primary, mac }));
    });
    const ofGuests = Array.from(further?.values() ?? []).flatMap(({ role: { primary }, extraMacs }) =>
      primaries.has(primary) ? extraMacs.map((mac) => ({ primary, mac })) : [],
    );
    return [...new Map([...ofRouters, ...ofGuests].map((one) => [`${one.primary} ${one.mac}`, one])).values()];
  });
  return now.each('bond chunks', [bonded ?? Dict.empty<string, Verdict>()], [here, layout], (_, verdict) =>
    verdict === undefined ? undefined : bondFlows(verdict, here, layout),
  );
}

import type { Flow } from '../openflow/flow.ts';
import type { Mac } from '../pvlan/mac.ts';
import type { Verdict } from '../pvlan/verdict.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import { portCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import { knowing } from './registers.ts';
import { GROUP_ADDRESS, NORMAL } from './steps.ts';

/** An address that is here and not behind a bond, in a primary VLAN. */
export interface AddressHere {
  readonly primary: VlanId;
  readonly mac: Mac;
}

/**
 * Frames from other switches that NORMAL refuses, as it does copies by further members of a bond: they go to NORMAL alone, which
 * decides by what the bond is at that moment. Guests would get them a second time. `here`: routers, and further addresses of guests.
 */
export function bondFlows({ kind, port }: Verdict, here: readonly AddressHere[], layout: Layout): readonly Flow[] {
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

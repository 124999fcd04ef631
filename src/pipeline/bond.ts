import type { Flow } from '../openflow/flow.ts';
import type { BridgeView } from './bridge-view.ts';
import { portCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import { routersHere } from './reach.ts';
import { knowing } from './registers.ts';
import { GROUP_ADDRESS, NORMAL } from './steps.ts';

/**
 * Frames from other switches that NORMAL refuses, as it does copies by further members of a bond: they go to NORMAL alone, which
 * decides by what the bond is at that moment. Guests would get them a second time.
 */
export function bondFlows(view: BridgeView, layout: Layout): readonly Flow[] {
  return view.plan.verdicts.flatMap(({ kind, port }) => {
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
      : view.plan.primaries.flatMap((plan) => {
          const here = new Set([
            ...routersHere(view, plan).keys(),
            ...view.guestsOf(plan.primary).flatMap(({ extraMacs }) => extraMacs),
          ]);
          return [...here].flatMap((mac) =>
            port.ofports.map((ofport) =>
              switched(ofport, { regs: knowing({ primary: plan.primary }), ethSrc: { value: mac } }),
            ),
          );
        });
    return [
      ...bond.closed.map((ofport) => switched(ofport, {})),
      ...bond.closedToGroups.map((ofport) => switched(ofport, { ethDst: GROUP_ADDRESS })),
      ...reflected,
    ];
  });
}

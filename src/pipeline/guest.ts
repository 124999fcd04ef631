import type { Action } from '../openflow/action.ts';
import type { Flow } from '../openflow/flow.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import type { PrimaryPlan } from './bridge-plan.ts';
import type { BridgeView } from './bridge-view.ts';
import { primaryCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import { handToNormal, type NormalSource } from './normal-source.ts';
import { reachFlows, routerFlows, routersAtHome, routersHere } from './reach.ts';
import { knowing } from './registers.ts';
import { vlansOf } from './vlans.ts';

/**
 * What becomes of a guest's frames. NORMAL carries them in the guest's VLAN to other switches, and in single mode to
 * promiscuous ports here too; it cannot deliver to parked ports. Members of the sender's community are reached by name.
 */
export function guestFlows(view: BridgeView, layout: Layout): readonly Flow[] {
  return view.plan.primaries.flatMap((plan) =>
    plan.wire.kind === 'single' ? inSingleMode(plan, view, layout) : inSecondaryMode(plan, view, layout),
  );
}

function inSingleMode(plan: PrimaryPlan, view: BridgeView, layout: Layout): readonly Flow[] {
  const { primary } = plan;
  const { normalSource } = view.plan;
  const communities = new Set(view.guestsOf(primary).map((guest) => view.communityOf(guest)));
  const amongMembers = [...communities].flatMap((community) =>
    reachFlows({
      view,
      plan,
      table: layout.guest,
      community,
      promiscuous: false,
      carried: carriedIn(primary, normalSource),
    }),
  );
  const toPromiscuous: Flow = {
    table: layout.guest,
    priority: Step.DEFAULT,
    cookie: primaryCookie(primary),
    match: { regs: knowing({ primary }) },
    actions: carriedIn(primary, normalSource)([]),
  };
  // A router that is here and nowhere else needs no learned address: its port tells.
  const toRouters = routerFlows(view, plan, layout.guest, routersAtHome(view, plan));
  return [...toRouters, ...amongMembers, toPromiscuous];
}

function inSecondaryMode(plan: PrimaryPlan, view: BridgeView, layout: Layout): readonly Flow[] {
  const { normalSource } = view.plan;
  const bySender = vlansOf(plan, view)
    .filter(({ vlan }) => vlan !== plan.primary)
    .flatMap(({ community, vlan }) =>
      reachFlows({
        view,
        plan,
        table: layout.guest,
        community,
        promiscuous: true,
        carried: carriedIn(vlan, normalSource),
      }),
    );
  return [...routerFlows(view, plan, layout.guest, routersHere(view, plan)), ...bySender];
}

function carriedIn(vlan: VlanId, source: NormalSource): (outputs: readonly Action[]) => readonly Action[] {
  return (outputs) => [...outputs, ...handToNormal(vlan, source)];
}

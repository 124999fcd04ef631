import { groupOf } from '../pvlan/role.ts';
import type { Action } from '../openflow/action.ts';
import type { Flow } from '../openflow/flow.ts';
import type { Mac } from '../pvlan/mac.ts';
import type { GuestEndpoint, StrangerEndpoint } from '../pvlan/verdict.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import type { BridgePlan, NumberedGuest, NumberedPromiscuous } from './bridge-plan.ts';
import { communityNumbers } from './communities.ts';
import type { FlowMemo } from './flow-memo.ts';
import { outputTo, STRIP_TAG, tagWith } from './steps.ts';

/** A bridge's plan with the questions that several tables ask of it. */
export class BridgeView {
  readonly plan: BridgePlan;
  readonly memo: FlowMemo;
  /** Guests that may be opened. */
  readonly guests: readonly NumberedGuest[];
  readonly promiscuous: readonly NumberedPromiscuous[];
  readonly #communities: ReadonlyMap<string, number>;

  constructor(plan: BridgePlan, memo: FlowMemo) {
    this.plan = plan;
    this.memo = memo;
    this.guests = plan.verdicts.filter(
      (verdict): verdict is NumberedGuest =>
        verdict.kind === 'guest' && verdict.ofport !== undefined && plan.settled.has(verdict),
    );
    this.promiscuous = plan.verdicts.filter(
      (verdict): verdict is NumberedPromiscuous =>
        verdict.kind === 'promiscuous' && verdict.ofport !== undefined && plan.settled.has(verdict),
    );
    const configured = plan.primaries.flatMap(({ wire }) =>
      wire.kind === 'single' ? [] : [...wire.communities.keys()],
    );
    const present = plan.verdicts.flatMap((verdict) => (verdict.kind === 'guest' ? (groupOf(verdict.role) ?? []) : []));
    this.#communities = communityNumbers([...configured, ...present]);
  }

  /** Guests outside that may use their own addresses alone. */
  get pinnedStrangers(): readonly (StrangerEndpoint & { readonly pinned: readonly Mac[] })[] {
    return this.plan.verdicts.flatMap((verdict) =>
      verdict.kind === 'stranger' && verdict.pinned !== undefined ? [{ ...verdict, pinned: verdict.pinned }] : [],
    );
  }

  /** The number of a community in register 1; 0 for none. */
  communityNumber(community: string | undefined): number {
    return community === undefined ? 0 : (this.#communities.get(community) ?? 0);
  }

  communityOf(guest: GuestEndpoint): number {
    return this.communityNumber(groupOf(guest.role));
  }

  guestsOf(primary: VlanId): readonly NumberedGuest[] {
    return this.guests.filter((guest) => guest.role.primary === primary);
  }

  /** Members of a community here; none for number 0, since isolated guests are no community. */
  members(primary: VlanId, community: number): readonly NumberedGuest[] {
    return community === 0 ? [] : this.guestsOf(primary).filter((guest) => this.communityOf(guest) === community);
  }

  /**
   * A flow for every address of `guests` and the ports that hold it: one, or several for a shared address. `what` tells the
   * flows apart from others for the same guest, and names whatever they depend on besides it: a community's number may change
   * though its members stay as they are.
   */
  byHolder(
    guests: readonly NumberedGuest[],
    what: string,
    flow: (mac: Mac, holders: readonly NumberedGuest[]) => Flow,
  ): readonly Flow[] {
    const seen = new Set<Mac>();
    const shared = new Set<Mac>();
    for (const guest of guests) for (const mac of addressesOf(guest)) (seen.has(mac) ? shared : seen).add(mac);
    const holdsAlone = (guest: NumberedGuest): boolean =>
      shared.size === 0 || !addressesOf(guest).some((mac) => shared.has(mac));
    const ofSeveral = Array.from(shared, (mac) =>
      flow(
        mac,
        guests.filter((guest) => addressesOf(guest).includes(mac)),
      ),
    );
    const ofOne = guests.flatMap((guest) => {
      const make = (): readonly Flow[] =>
        addressesOf(guest).flatMap((mac) => (shared.has(mac) ? [] : [flow(mac, [guest])]));
      return holdsAlone(guest) ? this.memo.flows(guest, what, make) : make();
    });
    return [...ofOne, ...ofSeveral];
  }

  /** Outputs to promiscuous ports of `primary`, all or those in `only`: untagged to access ports, then tagged to trunks. */
  toPromiscuous(primary: VlanId, only?: ReadonlySet<NumberedPromiscuous>): readonly Action[] {
    const ports = this.promiscuous.filter(
      (endpoint) => endpoint.primaries.includes(primary) && (only === undefined || only.has(endpoint)),
    );
    const untagged = ports.filter((endpoint) => endpoint.getsUntagged && endpoint.role.primary === primary);
    const tagged = ports.filter((endpoint) => !untagged.includes(endpoint));
    return [
      ...(untagged.length === 0 ? [] : [STRIP_TAG, ...untagged.map((endpoint) => outputTo(endpoint.ofport))]),
      ...(tagged.length === 0 ? [] : [tagWith(primary), ...tagged.map((endpoint) => outputTo(endpoint.ofport))]),
    ];
  }
}

function addressesOf(guest: GuestEndpoint): readonly Mac[] {
  return guest.extraMacs.length === 0 ? [guest.mac] : [guest.mac, ...guest.extraMacs];
}

import type { Derivation } from '../base/derivation.ts';
import { Dict } from '../base/dict.ts';
import type { BridgePlan, Chunk, NumberedGuest, NumberedPromiscuous, PrimaryPlan } from './bridge-plan.ts';
import type { BridgeContext, GuestContext } from './context.ts';
import { floodList, listsOf, sliceFlows, type FloodList, type Listed } from './flood-list.ts';
import { communityOf } from './guest.ts';
import type { Layout } from './layout.ts';
import { promiscuousBehindTag } from './nested.ts';
import { fromGuestsToGroups, fromMembersToMembers, fromRoutersToAll, primaryFlows } from './primary.ts';

/** What belongs to a primary VLAN or to one of its flood lists, and not to a port. */
export function primaryParts(
  now: Derivation,
  { primaries }: BridgePlan,
  guests: Dict<string, NumberedGuest>,
  routers: Dict<string, NumberedPromiscuous>,
  contexts: { readonly guests: GuestContext; readonly bridge: BridgeContext },
): readonly Dict<string, Chunk>[] {
  const { layout, displaced } = contexts.guests;
  const plans = now.once('plans', [primaries], () =>
    Dict.of<string, PrimaryPlan>(primaries.map((plan) => [String(plan.primary), plan])),
  );
  const routersOf = now.group('routers of primaries', routers, (router) => router.primaries.map(String));
  const listed = now.each('listed', [guests], [displaced], (_, guest): Listed | undefined =>
    guest === undefined
      ? undefined
      : { ofport: guest.ofport, primary: guest.role.primary, community: communityOf(guest, displaced) },
  );
  const lists = floodLists(now, now.group('members', listed, listsOf), layout);
  const ofCommunities = now.each('communities’ lists', [lists], [], (_, list) =>
    list === undefined || list.community === 0 ? undefined : list,
  );
  const listsOfPrimary = now.group('lists of primaries', ofCommunities, ({ primary }) => [String(primary)]);
  const settings = new Map(contexts.bridge.settings.map((setting) => [setting.primary, setting]));
  const settingOf = now.each('settings of lists', [ofCommunities], [contexts.bridge.settings], (_, list) =>
    list === undefined ? undefined : settings.get(list.primary),
  );
  return [
    now.each('primary chunks', [plans, routersOf], [contexts.bridge], (_, plan, here) =>
      plan === undefined ? undefined : primaryFlows(plan, here, contexts.bridge),
    ),
    now.each(
      'from routers to all',
      [plans, lists],
      [layout],
      // The list of everyone is called as the primary VLAN is.
      (_, plan, all) => (plan === undefined ? undefined : [fromRoutersToAll(plan, all, layout)]),
    ),
    now.each(
      'from guests to groups',
      [plans, routersOf, listsOfPrimary],
      [contexts.bridge],
      (_, plan, here, ofPrimary) =>
        plan === undefined ? undefined : fromGuestsToGroups(plan, here, ofPrimary, contexts.bridge),
    ),
    now.each('from members to members', [ofCommunities, settingOf], [contexts.guests], (_, list, setting) =>
      list === undefined || setting === undefined ? undefined : fromMembersToMembers(list, setting, contexts.guests),
    ),
    now.each('slices', [lists], [], (_, list) => (list === undefined ? undefined : sliceFlows(list))),
    now.once('behind tags', [primaries, layout], () =>
      Dict.of<string, Chunk>([['all', promiscuousBehindTag(primaries, layout)]]),
    ),
  ];
}

function floodLists(
  now: Derivation,
  members: Dict<string, Dict<string, Listed>>,
  layout: Layout,
): Dict<string, FloodList> {
  interface Known {
    readonly layout: Layout;
    readonly members: Dict<string, Dict<string, Listed>>;
    readonly lists: Dict<string, FloodList>;
  }
  return now.fold<Known>('lists', (last) => {
    const before = last?.layout === layout ? last : undefined;
    let lists = before?.lists ?? Dict.empty<string, FloodList>();
    for (const { key, after } of Dict.differences(
      before?.members ?? Dict.empty<string, Dict<string, Listed>>(),
      members,
    )) {
      lists = lists.put(key, after === undefined ? undefined : floodList(key, lists.get(key), after, layout));
    }
    return { layout, members, lists };
  }).lists;
}

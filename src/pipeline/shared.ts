import type { Derivation } from '../base/derivation.ts';
import { Dict } from '../base/dict.ts';
import type { Flow } from '../openflow/flow.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import type { BridgePlan, NumberedGuest, PrimarySetting } from './bridge-plan.ts';
import type { GuestContext } from './context.ts';
import {
  addressesOf,
  behindTagFlow,
  claimBehindTag,
  claimInPrimary,
  claimsOf,
  holderFlows,
  type GuestSituation,
} from './guest.ts';

/** A guest, and whether its address is a promiscuous one of another primary VLAN. */
interface Claimant {
  readonly guest: NumberedGuest;
  readonly isRouters: boolean;
}

/** The situation of each open guest, and the claims that several of them have. */
export interface Situations {
  readonly of: Dict<string, GuestSituation>;
  readonly contested: Dict<string, Dict<string, Claimant>>;
  readonly settings: readonly PrimarySetting[];
}

/** Works out what a guest's flows depend on besides the guest, of which little ever changes. */
export function guestsSituations(
  now: Derivation,
  guests: Dict<string, NumberedGuest>,
  { primaries }: BridgePlan,
  settings: readonly PrimarySetting[],
): Situations {
  const known = new Map<VlanId, PrimarySetting>(settings.map((setting) => [setting.primary, setting]));
  const settingOf = now.each('settings of guests', [guests], [settings], (_, guest) =>
    guest === undefined ? undefined : known.get(guest.role.primary),
  );
  const promiscuous = now.once('promiscuous addresses', [primaries], () =>
    Dict.of<string, true>(primaries.flatMap(({ promiscuousMacs }) => promiscuousMacs).map((mac) => [mac, true])),
  );
  const byMac = now.group('guests by address', guests, ({ mac }) => [mac]);
  const asRouters = now.each('guests as routers', [promiscuous, byMac], [], (_, isPromiscuous, holders) =>
    isPromiscuous === undefined ? undefined : holders,
  );
  const routers = now.once('ports as routers', [asRouters], () =>
    Dict.of<string, true>(
      Array.from(asRouters.values()).flatMap((holders) => Array.from(holders.keys(), (key) => [key, true])),
    ),
  );
  const claimants = now.each('claimants', [guests, routers], [], (_, guest, isRouters): Claimant | undefined =>
    guest === undefined ? undefined : { guest, isRouters: isRouters === true },
  );
  const claims = now.group('claims', claimants, ({ guest, isRouters }) => claimsOf(guest, isRouters));
  const contested = now.each('contested', [claims], [], (_, holders) =>
    holders === undefined || holders.size < 2 ? undefined : holders,
  );
  const shares = now.once('shares', [contested], () => sharesOf(contested));
  const of = now.each(
    'situations',
    [claimants, settingOf, shares],
    [],
    (_, claimant, setting, shared): GuestSituation | undefined =>
      claimant === undefined ? undefined : { setting, shared, isRouters: claimant.isRouters },
  );
  return { of, contested, settings };
}

/** The flows of addresses that several guests have, by claim. */
export function sharedFlows(
  now: Derivation,
  { contested, settings }: Situations,
  context: GuestContext,
): Dict<string, readonly Flow[]> {
  const known = new Map<VlanId, PrimarySetting>(settings.map((setting) => [setting.primary, setting]));
  return now.each('shared chunks', [contested], [context, settings], (claim, claimants) => {
    const holders = Array.from(claimants?.values() ?? [], ({ guest }) => guest);
    const [first] = holders;
    if (first === undefined) return undefined;
    const setting = known.get(first.role.primary);
    const mac = addressesOf(first).find((one) => claimBehindTag(one) === claim || claimInPrimary(first, one) === claim);
    if (mac === undefined) return undefined;
    if (claim === claimBehindTag(mac)) return [behindTagFlow(mac, holders, context.layout)];
    return setting === undefined ? [] : holderFlows(mac, holders, setting, context);
  });
}

/** The contested claims of each port, one a line. */
function sharesOf(contested: Dict<string, Dict<string, Claimant>>): Dict<string, string> {
  const shares = new Map<string, string>();
  for (const [claim, holders] of contested) {
    for (const key of holders.keys()) shares.set(key, shares.has(key) ? `${shares.get(key) ?? ''}\n${claim}` : claim);
  }
  return Dict.of(shares);
}

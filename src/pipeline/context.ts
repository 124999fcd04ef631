import type { Derivation } from '../base/derivation.ts';
import type { Dict } from '../base/dict.ts';
import { groupOf } from '../pvlan/role.ts';
import type { Verdict } from '../pvlan/verdict.ts';
import type { BridgePlan, PrimarySetting } from './bridge-plan.ts';
import { communityNumbers, numberOf } from './communities.ts';
import type { Layout } from './layout.ts';
import { outerTagsThatGo } from './outer-tags.ts';
import type { NormalSource } from './normal-source.ts';
import { vlansOf, type VlanFacts } from './vlans.ts';

/** What the flows of every guest depend on besides the guest. */
export interface GuestContext {
  readonly layout: Layout;
  readonly normalSource: NormalSource;
  /** Numbers of communities that are not the hash of the name, since another has that. */
  readonly displaced: ReadonlyMap<string, number>;
}

/** What the flows of every other port depend on besides the port. */
export interface BridgeContext extends GuestContext {
  readonly settings: readonly PrimarySetting[];
  /** Every VLAN of a Private VLAN. */
  readonly vlans: readonly VlanFacts[];
  /** See {@link outerTagsThatGo}. */
  readonly going: readonly number[];
}

/** What of `plan` concerns all ports of a bridge; the same objects as long as it is the same. */
export function contextsOf(
  now: Derivation,
  { verdicts, primaries, normalSource }: BridgePlan,
  wires: Dict<string, Verdict>,
  layout: Layout,
): { readonly guests: GuestContext; readonly bridge: BridgeContext } {
  const settings = now.alike<readonly PrimarySetting[]>('settings', primaries, sameSettings);
  const communities = now.group('communities', verdicts, (verdict) =>
    verdict.kind === 'guest' ? namesOf(groupOf(verdict.role)) : [],
  );
  // A name's number is another than its hash only where it meets others, so what is kept is what does.
  const names = now.each('names', [communities], [], (_, members) => (members === undefined ? undefined : true));
  const displaced = now.alike(
    'displaced',
    now.once('numbers', [names, settings], () => displacedNumbers(settings, names.keys())),
    (last, next) => last.size === next.size && [...next].every(([name, number]) => last.get(name) === number),
  );
  const going = now.alike(
    'going',
    now.once('tags', [wires], () => outerTagsThatGo(wires.values())),
    sameNumbers,
  );
  const guests = now.once('guest context', [layout, normalSource, displaced], () => ({
    layout,
    normalSource,
    displaced,
  }));
  const bridge = now.once('bridge context', [guests, settings, going], () => {
    const vlans = settings.flatMap((setting) => vlansOf(setting, displaced));
    return { ...guests, settings, vlans, going };
  });
  return { guests, bridge };
}

function displacedNumbers(settings: readonly PrimarySetting[], present: Iterable<string>): ReadonlyMap<string, number> {
  const configured = settings.flatMap(({ wire }) => (wire.kind === 'single' ? [] : [...wire.communities.keys()]));
  const numbers = communityNumbers([...configured, ...present]);
  return new Map([...numbers].filter(([name, number]) => number !== numberOf(name, NONE)));
}

const NONE: ReadonlyMap<string, number> = new Map();

function sameSettings(left: readonly PrimarySetting[], right: readonly PrimarySetting[]): boolean {
  return (
    left.length === right.length &&
    left.every((one, index) => {
      const other = right[index];
      return one.primary === other?.primary && one.wire === other.wire && one.guards === other.guards;
    })
  );
}

function sameNumbers(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((one, index) => one === right[index]);
}

function namesOf(group: string | undefined): readonly string[] {
  return group === undefined ? [] : [group];
}

import fc from 'fast-check';
import { PortConfigBit } from '../../../../src/openflow/port-config.ts';
import { isOurs } from '../../../../src/pipeline/cookie.ts';
import { parked, type VlanSetting } from '../../../../src/pvlan/vlan-setting.ts';
import { PLAIN } from '../../../support/ports.ts';
import type { Fate } from './model-switch.ts';
import type { World } from './world.ts';

/** One thing that somebody does, or that happens; numbers choose among what there is. */
export type Event =
  | { readonly kind: 'happen'; readonly place: number }
  | { readonly kind: 'plug'; readonly profile: string | undefined; readonly setting: VlanSetting }
  | { readonly kind: 'unplug' | 'open' | 'unmark'; readonly which: number }
  | { readonly kind: 'become'; readonly which: number; readonly profile: string }
  | { readonly kind: 'delete flow' | 'take place' | 'leave place'; readonly which: number }
  | { readonly kind: 'fate'; readonly fate: Fate }
  | { readonly kind: 'fail' | 'drop' | 'refuse configuration' | 'drop configuration' | 'restart' }
  | { readonly kind: 'unlock' | 'lock'; readonly which: number }
  | { readonly kind: 'wait'; readonly milliseconds: number };

const anyProfile = fc.constantFrom('isolated-2102', 'isolated-2102', 'community-2102-web', 'promisc-2102', 'lan');
const anySetting: fc.Arbitrary<VlanSetting> = fc.constantFrom(PLAIN, parked(PLAIN, true), parked(PLAIN, false));
const which = fc.nat(1000);

/** What may be so before the agent starts. */
export const anyBeginning: fc.Arbitrary<Event> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('plug' as const), profile: anyProfile, setting: anySetting }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('plug' as const),
      profile: fc.constant(undefined),
      setting: fc.constant(PLAIN),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('become' as const), which, profile: anyProfile }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('unplug', 'open', 'unmark', 'delete flow', 'take place'), which }),
  },
);

/** What may happen while it works. */
export const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 24, arbitrary: fc.record({ kind: fc.constant('happen' as const), place: fc.nat(6) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('plug' as const), profile: anyProfile, setting: anySetting }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('become' as const), which, profile: anyProfile }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('unplug', 'open', 'unmark', 'delete flow', 'take place', 'leave place'),
      which,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fate' as const),
      fate: fc.constantFrom<Fate>('done', 'refused', 'refused', 'lost before', 'lost after'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('fail', 'drop', 'refuse configuration', 'drop configuration', 'restart'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('unlock', 'lock'), which }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), milliseconds: fc.constantFrom(5, 60, 1000, 5000) }),
  },
);

/** Makes `event` come true. */
export async function befall(world: World, event: Event): Promise<void> {
  const { flows, database, configs } = world;
  const pick = <T>(among: readonly T[], index: number): T | undefined => among[index % Math.max(1, among.length)];
  switch (event.kind) {
    case 'happen':
      await world.happen(event.place);
      return;
    case 'wait':
      await world.wait(event.milliseconds);
      return;
    case 'plug': {
      const number = plugged(world);
      const ids: [string, string][] =
        event.profile === undefined
          ? []
          : [
              ['iface-id', `nic-${number}`],
              ['attached-mac', `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`],
              ['port-profile', event.profile],
            ];
      if (number > 40) return;
      const rows = { setting: event.setting, portIds: new Map<string, string>(), interfaceIds: new Map(ids) };
      database.plug(number, { ...rows, ofport: undefined });
      return;
    }
    case 'fate':
      flows.fates.push(event.fate);
      return;
    case 'fail':
      database.failures += 1;
      return;
    case 'drop':
      flows.drop();
      await world.think();
      return;
    case 'refuse configuration':
      configs.refusals += 1;
      return;
    case 'drop configuration':
      configs.drop();
      await world.think();
      return;
    case 'restart':
      // ovs-vswitchd forgets flows and port configurations; the rows are in the database.
      flows.flows.clear();
      flows.drop();
      configs.forget();
      await world.think();
      return;
    case 'lock':
    case 'unlock': {
      const port = pick([...configs.ports.keys()], event.which);
      if (port !== undefined) configs.write(port, event.kind === 'lock' ? PortConfigBit.NO_FLOOD : 0);
      return;
    }
    case 'delete flow':
    case 'take place':
    case 'leave place': {
      const isForeign = event.kind === 'leave place';
      const flow = pick(
        Array.from(flows.flows.values()).filter(({ cookie }) => isOurs(cookie) !== isForeign),
        event.which,
      );
      if (flow === undefined) return;
      if (event.kind === 'take place') flows.put({ ...flow, cookie: 0xbeefn, actions: [{ type: 'output', port: 7 }] });
      else flows.remove(flow);
      return;
    }
    default: {
      const port = pick([...database.ports.values()], event.which);
      if (port === undefined) return;
      const ids = new Map(port.rows.interfaceIds);
      switch (event.kind) {
        case 'unplug':
          database.unplug(port.number);
          return;
        case 'open':
          database.write(port, { setting: PLAIN });
          return;
        case 'unmark':
          ids.delete('pvlan-installed');
          database.write(port, { interfaceIds: ids });
          return;
        case 'become':
          if (ids.has('port-profile')) database.write(port, { interfaceIds: ids.set('port-profile', event.profile) });
      }
    }
  }
}

const counts = new WeakMap<World, number>();

/** Another number for each port of a world. */
function plugged(world: World): number {
  const number = (counts.get(world) ?? 0) + 1;
  counts.set(world, number);
  return number;
}

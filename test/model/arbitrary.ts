import fc from 'fast-check';
import { FEATURES } from './features.ts';
import { COMMUNITIES, CONTENTS } from './topology.ts';
import type { FrameSpec, Place, PortSpec, TagSpec, Topology } from './topology.ts';

/** Simple things come first: fast-check shrinks toward them. */
const HYPERVISOR = fc.constantFrom<Place>('a', 'b');
const ANYWHERE = fc.constantFrom<Place>('a', 'b', 'upstream');

const TRAITS = {
  bornParked: fc.constant(true),
  // Seldom: little can be expected of two stations with one address.
  macOf: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(7) }),
  ...(FEATURES.guestFacts ? { extraMac: fc.constant(true), knownAddresses: fc.constant(true) } : {}),
};

function port(pvlans: number): fc.Arbitrary<PortSpec> {
  const pvlan = fc.nat(pvlans - 1);
  const place = HYPERVISOR;
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record(
        { kind: fc.constant('isolated' as const), place, pvlan, ...TRAITS },
        { requiredKeys: ['kind', 'place', 'pvlan'] },
      ),
    },
    {
      weight: 3,
      arbitrary: fc.record(
        {
          kind: fc.constant('community' as const),
          place,
          pvlan,
          community: fc.constantFrom(...COMMUNITIES),
          ...TRAITS,
        },
        { requiredKeys: ['kind', 'place', 'pvlan', 'community'] },
      ),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('promiscuous' as const),
        place,
        pvlan,
        by: fc.constantFrom(
          'access',
          'guest-access',
          'portgroup',
          ...(FEATURES.promiscuousTrunks ? (['trunk', 'native-tagged', 'native-untagged', 'tunnel'] as const) : []),
        ),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('promiscuous' as const),
        place: fc.constant('upstream' as const),
        pvlan,
        by: fc.constantFrom('access', 'trunk'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('access' as const), place: ANYWHERE, guest: fc.boolean() }),
    },
    {
      weight: 2,
      arbitrary: fc.record(
        {
          kind: fc.constant('trunk' as const),
          place,
          vlans: fc.constantFrom('all', 'ordinary'),
          nested: fc.constant(true),
        },
        { requiredKeys: ['kind', 'place', 'vlans'] },
      ),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('tunnel' as const),
        place,
        vlan: fc.constantFrom('ordinary', 'primary', 'isolated'),
      }),
    },
  );
}

/** Tags that change what a switch makes of a frame come more often than those it merely refuses. */
const vlan: fc.Arbitrary<TagSpec['vlan']> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('zero') },
  { weight: 5, arbitrary: fc.constant('primary') },
  {
    weight: 6,
    arbitrary: fc.constantFrom('other-primary', 'isolated', 'community', 'ordinary', 'unused', 'reserved'),
  },
);

const tag: fc.Arbitrary<TagSpec> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ vlan }) },
  {
    weight: 1,
    arbitrary: fc.record(
      { vlan, service: fc.constant(true), priority: fc.integer({ min: 1, max: 7 }) },
      { requiredKeys: ['vlan'] },
    ),
  },
);

function frame(ports: number): fc.Arbitrary<FrameSpec> {
  const index = fc.nat(ports - 1);
  const own = fc.constant('own' as const);
  return fc.record(
    {
      from: index,
      content: fc.constantFrom(...CONTENTS),
      to: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom('broadcast', 'multicast', 'unknown', 'reserved') },
        { weight: 4, arbitrary: index },
      ),
      source: fc.oneof(
        { weight: 6, arbitrary: own },
        { weight: 3, arbitrary: index },
        { weight: 1, arbitrary: fc.constantFrom('unknown', 'group') },
      ),
      extra: fc.constant(true),
      claim: fc.oneof({ weight: 3, arbitrary: own }, { weight: 1, arbitrary: index }),
      tags: fc.oneof(
        { weight: 4, arbitrary: fc.constant([]) },
        { weight: 3, arbitrary: fc.array(tag, { minLength: 1, maxLength: 1 }) },
        { weight: 2, arbitrary: fc.array(tag, { minLength: 2, maxLength: 3 }) },
      ),
    },
    { requiredKeys: ['from', 'content', 'to', 'source', 'claim', 'tags'] },
  );
}

/** Test cases of one or two Private VLANs, two to eight ports, and `frames` frames at most. */
export function topology(frames = 40): fc.Arbitrary<Topology> {
  const mode = FEATURES.secondaryMode
    ? fc.constantFrom('single' as const, 'secondary' as const)
    : fc.constant('single' as const);
  return fc.array(mode, { minLength: 1, maxLength: 2 }).chain((modes) =>
    fc.array(port(modes.length), { minLength: 2, maxLength: 8, size: 'max' }).chain((ports) =>
      fc.record({
        modes: fc.constant(modes),
        ports: fc.constant(ports),
        frames: fc.array(frame(ports.length), { minLength: 1, maxLength: frames, size: 'max' }),
      }),
    ),
  );
}

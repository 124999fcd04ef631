import { expect } from 'chai';
import fc from 'fast-check';
import { Derivation } from '../../../src/base/derivation.ts';
import { Dict } from '../../../src/base/dict.ts';
import { decide } from '../../../src/bridge/decide/decide.ts';
import { decideLocks } from '../../../src/bridge/decide/decide-locks.ts';
import type { Decision } from '../../../src/bridge/decide/decision.ts';
import { decideRow } from '../../../src/bridge/decide/decide-rows.ts';
import { acknowledged } from '../../../src/bridge/decide/outcomes.ts';
import { currentSetting } from '../../../src/observe/original-setting.ts';
import { anyBeginning, anyEvent, befall, type Event } from './world/history.ts';
import { watchInvariants, wrongLocks } from './world/invariants.ts';
import { parked } from '../../../src/pvlan/vlan-setting.ts';
import { PLAIN } from '../../support/ports.ts';
import { World, type Mistakes } from './world/world.ts';
import { runs } from '../../support/runs.ts';

/** How many random histories each property is tried on; thousands by `PVLAN_TEST_EFFORT=100 npx mocha test/unit/bridge/driver.test.ts`. */
const RUNS = runs(60);

const anyHistory = fc.array(anyEvent, { minLength: 20, maxLength: 90 });

/** Lives through a history, and comes to rest after it, when nobody meddles any more. */
async function live(
  history: readonly Event[],
  mistakes?: Mistakes,
): Promise<{ world: World; broken: readonly string[] }> {
  const world = new World(mistakes);
  const broken = watchInvariants(world);
  world.start();
  // Two guests are served before anything goes wrong, one of them born parked.
  for (const setting of [PLAIN, parked(PLAIN, true)]) {
    await befall(world, { kind: 'plug', profile: 'isolated-2102', setting });
  }
  await world.settle();
  for (const event of history) {
    await befall(world, event);
    if (broken.length > 0) return { world, broken };
  }
  await rest(world);
  return { world, broken };
}

/** Lets everything come to an end, fights and refusals included. */
async function rest(world: World): Promise<void> {
  world.flows.fates.length = 0;
  world.database.failures = 0;
  world.configs.refusals = 0;
  for (let round = 0; round < 3; round += 1) {
    await world.settle();
    await world.wait(6000);
  }
  await world.settle();
}

describe('the work on one bridge, whatever is refused, lost, delayed or meddled with', function () {
  this.timeout(120_000 + RUNS * 500);

  it('keeps its invariants, and comes to what is wanted when it is left alone', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (history) => {
        const { world, broken } = await live(history);
        expect(broken).to.deep.equal([]);
        expect(world.isBusy).to.equal(false);
        // Nothing is left to do, and every port that nothing holds is marked.
        const { flows, rows } = world.plan();
        expect(flows.mods).to.deep.equal([]);
        expect(wrongLocks(world)).to.deep.equal([]);
        expect(rows.transactions.map(({ operations }) => operations)).to.deep.equal([]);
        expect(
          [...(world.latest?.ports.values() ?? [])].filter(
            ({ hold }) => hold !== undefined && !['quarantined', 'place-taken'].includes(hold.code),
          ),
        ).to.deep.equal([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('comes to what plan prints, from any beginning, foreign flows in the way included', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyBeginning, { minLength: 1, maxLength: 12 }),
        fc.array(anyBeginning, { maxLength: 8 }),
        async (first, second) => {
          const world = new World();
          // An agent before this one has left what it did, which others have changed since.
          for (const event of first) await befall(world, event);
          await world.settle();
          const former = world.plan();
          for (const { flow } of former.flows.mods) world.flows.put(flow);
          for (const event of second) await befall(world, event);
          await world.settle();
          const { rows, observed } = world.plan();
          const foreign = [...world.flows.flows.values()].filter(({ cookie }) => cookie === 0xbeefn);
          const promised = world.content(observed.flows.values());
          world.start();
          await rest(world);
          expect(world.content()).to.deep.equal([...world.content(foreign), ...promised].sort());
          const holdsOf = (ports: Decision['ports']): unknown =>
            Array.from(ports.values(), ({ judged, hold }) => [judged.port.name, hold?.code]);
          expect(holdsOf(world.latest?.ports ?? Dict.empty())).to.deep.equal(holdsOf(rows.ports));
          expect(world.plan().rows.transactions).to.deep.equal([]);
        },
      ),
      { numRuns: RUNS },
    );
  });

  /** Mistakes on purpose, and what they break. */
  const mistakes: readonly (readonly [what: string, breaks: RegExp, mistakes: Mistakes])[] = [
    [
      'takes what OVSDB says for what ovs-vswitchd does',
      /opened before its parking is in force/,
      {
        settings: (seen) =>
          Dict.of(
            Array.from(seen, ([uuid, one]) => [uuid, { ...one, inForce: currentSetting(one.port.row) }] as const),
          ),
      },
    ],
    [
      'gives VLANs back without waiting for the flows',
      /gets its VLAN back while its flows are those of a guest/,
      { decide: impatient('Port') },
    ],
    [
      'marks ports without waiting for the flows',
      /marked before its flows are acknowledged/,
      { decide: impatient('Interface') },
    ],
    [
      'unlocks ports without waiting for the flows',
      /unlocked while its flows are those of a guest/,
      {
        decide: (...question) => {
          const decision = decide(...question);
          const { byPort } = decision.desired;
          return { ...decision, portMods: decideLocks(new Derivation(), byPort, question[2].portConfigs, true) };
        },
      },
    ],
  ];
  for (const [what, breaks, made] of mistakes) {
    it(`is found out when it ${what}`, async () => {
      const found = await fc.check(
        fc.asyncProperty(anyHistory, async (history) => {
          const { broken } = await live(history, made);
          expect(broken.filter((line) => breaks.test(line))).to.deep.equal([]);
        }),
        { numRuns: runs(3000), endOnFailure: true },
      );
      expect(found.failed).to.equal(true);
    });
  }
});

/** Decides on the rows of `table` as if all flows were acknowledged already. */
function impatient(table: string): typeof decide {
  return (...question) => {
    const decision = decide(...question);
    const { served } = acknowledged(decision.memory, decision);
    const early = [...decision.ports].flatMap(([key, { judged, hold }]) => {
      const { operations = [] } =
        decideRow(judged, hold, { as: served?.ports.get(key), openAs: served?.open.get(key) }) ?? {};
      const some = operations.filter((operation) => 'table' in operation && operation.table === table);
      return some.length === 0 ? [] : [{ judged, operations: some }];
    });
    return question[2].isBusyWithRows ? decision : { ...decision, transactions: [...decision.transactions, ...early] };
  };
}

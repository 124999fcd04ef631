import { expect } from 'chai';
import fc from 'fast-check';
import { Dict } from '../../../src/base/dict.ts';
import { encodeFlowMod } from '../../../src/openflow/flow-mod-codec.ts';
import type { Flow } from '../../../src/openflow/flow.ts';
import {
  everyone,
  floodList,
  sliceFlows,
  toList,
  type FloodList,
  type Listed,
} from '../../../src/pipeline/flood-list.ts';
import { layoutFrom } from '../../../src/pipeline/layout.ts';
import type { VlanId } from '../../../src/pvlan/vlan-id.ts';
import { runs } from '../../support/runs.ts';

const LAYOUT = layoutFrom(60, 145);
const PRIMARY = 2102 as VlanId;
/** An OpenFlow message says its length in 16 bits; the message that puts a flow into a bundle takes some of it. */
const LONGEST = 0xffff - 64;

function listed(ofport: number): Listed {
  return { ofport, primary: PRIMARY, community: 0 };
}

function listOf(members: Dict<string, Listed>, last?: FloodList): FloodList {
  return floodList(everyone(PRIMARY), last, members, LAYOUT);
}

/** The ports that get a frame, in the order in which they do. */
function reached(list: FloodList): readonly number[] {
  const slices = new Map(sliceFlows(list).map((flow) => [flow.match.regs?.[7]?.value, flow]));
  let register = 0;
  return toList(list, LAYOUT).flatMap((action): readonly number[] => {
    if (action.type === 'output') return [action.port];
    if (action.type === 'load' && action.to.field === 'reg7') register = Number(action.value);
    return action.type === 'resubmit' ? outputs(slices.get(register)) : [];
  });
}

function outputs(flow: Flow | undefined): readonly number[] {
  return (flow?.actions ?? []).flatMap((action) => (action.type === 'output' ? [action.port] : []));
}

describe('a flood list', () => {
  it('reaches every port once, and has the same form whatever the order in which ports came and went', () => {
    const anyChange = fc.tuple(
      fc.integer({ min: 0, max: 150 }),
      fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
    );
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 250 }), fc.integer({ min: 1, max: 20 }), (changes, burst) => {
        let members = Dict.of(Array.from({ length: 60 }, (_, port) => [`p${port}`, listed(port + 1)] as const));
        let list = listOf(members);
        changes.forEach(([name, ofport], index) => {
          const taken =
            ofport !== undefined && [...members].some(([key, one]) => one.ofport === ofport && key !== `p${name}`);
          if (!taken) members = members.put(`p${name}`, ofport === undefined ? undefined : listed(ofport));
          if (index % burst !== 0) return;
          list = listOf(members, list);
          const fresh = listOf(members);
          expect(reached(list)).to.deep.equal(Array.from(members.values(), (one) => one.ofport).sort((a, b) => a - b));
          expect(toList(list, LAYOUT)).to.deep.equal(toList(fresh, LAYOUT));
          expect(sliceFlows(list)).to.deep.equal(sliceFlows(fresh));
        });
      }),
      { numRuns: runs(100) },
    );
  });

  it('has two ports change numbers', () => {
    const before = listOf(
      Dict.of([
        ['a', listed(5)],
        ['b', listed(6)],
      ]),
    );
    const after = listOf(
      Dict.of([
        ['a', listed(6)],
        ['b', listed(5)],
      ]),
      before,
    );
    expect(reached(after)).to.deep.equal([5, 6]);
  });

  for (const [how, ofport] of [
    ['one after the other', (port: number) => port],
    ['far apart, as on a host that has run long', (port: number) => 1 + port * 13],
  ] as const) {
    it(`has room for 5,000 ports with numbers ${how}, and sends little for one more`, () => {
      const members = Dict.of(Array.from({ length: 5000 }, (_, port) => [`p${port}`, listed(ofport(port))] as const));
      const list = listOf(members);
      expect(reached(list)).to.have.length(5000);
      const root: Flow = { table: 66, priority: 150, cookie: 0n, match: {}, actions: toList(list, LAYOUT) };
      const lengths = [root, ...sliceFlows(list)].map((flow) => encodeFlowMod({ command: 'add', flow }, 0x05).length);
      expect(Math.max(...lengths)).to.be.below(LONGEST / 4);
      // ovs-vswitchd follows no more than 4,096 resubmits for a frame.
      expect(sliceFlows(list).length).to.be.within(5000 / 64, 5000 / 16);
      const known = new Set(sliceFlows(list));
      const more = listOf(members.with('p5000', listed(ofport(5000))), list);
      expect(sliceFlows(more).filter((flow) => !known.has(flow))).to.have.length.within(1, 2);
    });
  }
});

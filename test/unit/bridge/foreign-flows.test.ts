import { expect } from 'chai';
import { flowDifference } from '../../../src/bridge/flows/flow-difference.ts';
import { indexFlows, keyOf } from '../../../src/bridge/flows/flow-index.ts';
import { foreignFlows } from '../../../src/bridge/flows/foreign-flows.ts';
import { Port } from '../../../src/openflow/action.ts';
import type { Flow } from '../../../src/openflow/flow.ts';
import { taggedWith, UNTAGGED_OR_PRIORITY } from '../../../src/openflow/match.ts';
import { BRIDGE_COOKIE, portCookie, primaryCookie } from '../../../src/pipeline/cookie.ts';
import { layoutFrom } from '../../../src/pipeline/layout.ts';

const LAYOUT = layoutFrom(60, 145);
const { CLOSED, GUEST, TAGGED } = LAYOUT.priorities;
const NORMAL: Flow['actions'] = [{ type: 'output', port: Port.NORMAL }];

const closed: Flow = { table: 0, priority: CLOSED, cookie: portCookie(5), match: { inPort: 5 }, actions: [] };
const speaks: Flow = {
  table: 0,
  priority: GUEST,
  cookie: portCookie(5),
  match: { inPort: 5, vlan: UNTAGGED_OR_PRIORITY, ethSrc: { value: '02:00:00:00:00:05' } },
  actions: [],
  gotoTable: 60,
};
const tagged: Flow = {
  table: 0,
  priority: TAGGED,
  cookie: primaryCookie(2102),
  match: { vlan: taggedWith(2102) },
  actions: [],
  gotoTable: 62,
};
const last: Flow = { table: 63, priority: 100, cookie: BRIDGE_COOKIE, match: {}, actions: NORMAL };
const ours = [closed, speaks, tagged, last];

function foreign(more: Partial<Flow>): Flow {
  return { table: 0, priority: 32768, cookie: 0n, match: {}, actions: NORMAL, ...more };
}

function told(...flows: Flow[]): readonly string[] {
  return foreignFlows('br0', flows, ours, LAYOUT).map(({ message, remedy }) => `${message}; ${remedy}`);
}

describe('a flow of others', () => {
  it('is told where it comes before all of ours', () => {
    expect(told(foreign({}))).to.have.length(1);
  });

  it('is told where it takes the frames of any port that would go through the tables: a stranger’s trunk', () => {
    expect(told(foreign({ priority: 170, match: { inPort: 9 } }))).to.have.length(1);
    expect(told(foreign({ priority: TAGGED, match: { inPort: 9, vlan: taggedWith(2102) } }))).to.have.length(1);
  });

  it('is told in one of our own tables', () => {
    expect(told(foreign({ table: 63, priority: 1, actions: [] }))).to.have.length(1);
  });

  it('is none of our business below ours, in other tables, for frames that are not ours, or where it only drops', () => {
    expect(told(foreign({ priority: 0 }))).to.deep.equal([]);
    expect(told(foreign({ table: 10 }))).to.deep.equal([]);
    expect(told(foreign({ priority: 170, match: { inPort: 9, vlan: taggedWith(300) } }))).to.deep.equal([]);
    expect(told(foreign({ actions: [] }))).to.deep.equal([]);
  });

  it('is none of our business where nothing here is of a Private VLAN', () => {
    expect(foreignFlows('br0', [foreign({}), foreign({ table: 63 })], [], LAYOUT)).to.deep.equal([]);
  });

  it('is counted beyond the fifth', () => {
    const many = Array.from({ length: 8 }, (_, number) => foreign({ match: { inPort: 5 }, priority: 300 + number }));
    expect(told(...many)).to.have.length(6);
    expect(foreignFlows('br0', many, ours, LAYOUT).at(-1)?.message).to.equal('and 3 more such flows');
  });
});

describe('the difference between the flows that are there and those that are wanted', () => {
  const wanted = indexFlows(ours);
  const among = (...flows: Flow[]) => {
    const index = indexFlows(flows);
    return flowDifference(indexFlows([]), wanted, (key) => index.get(key));
  };

  it('never adds a flow in the place of a foreign one, and says which', () => {
    const other = foreign({ priority: CLOSED, match: { inPort: 5 } });
    const { mods, conflicts } = among(other);
    expect(mods.map(({ flow }) => flow)).to.have.deep.members([speaks, tagged, last]);
    expect(conflicts).to.deep.equal([{ wanted: closed, foreign: other }]);
  });

  it('misses nothing where the foreign one does the same', () => {
    const same = foreign({ priority: CLOSED, match: { inPort: 5 }, actions: [] });
    const { mods, conflicts, held } = among(same);
    expect(mods.map(({ flow }) => keyOf(flow))).not.to.include(keyOf(closed));
    expect(conflicts).to.deep.equal([]);
    expect(held).to.deep.equal([keyOf(closed)]);
  });
});

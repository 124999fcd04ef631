import { expect } from 'chai';
import fc from 'fast-check';
import { judgeServer, noClusters, type SeenClusters, type ServedDatabase } from '../../../src/ovsdb/server-fitness.ts';

const member: ServedDatabase = {
  model: 'clustered',
  connected: true,
  leader: false,
  hasSchema: true,
  cluster: 'a',
  index: 5,
};
const relay: ServedDatabase = { ...member, model: 'relay', cluster: undefined, index: undefined };
const alone: ServedDatabase = { ...relay, model: 'standalone' };

describe('which server to use', () => {
  const because = (...args: Parameters<typeof judgeServer>): string => {
    const fitness = judgeServer(...args);
    return 'because' in fitness ? fitness.because : '';
  };

  it('is one that has the database and is in touch', () => {
    expect(because(undefined, 'any', noClusters)).to.contain('does not have');
    for (const one of [member, relay, alone]) {
      expect(because(one, 'any', noClusters)).to.equal('');
      expect(because({ ...one, hasSchema: false }, 'any', noClusters)).to.contain('not got the database');
    }
    expect(because({ ...member, connected: false }, 'any', noClusters)).to.contain('cut off');
    expect(because({ ...relay, connected: false }, 'any', noClusters)).to.contain('lost its source');
  });

  it('is of the kind that is asked for', () => {
    expect(because(relay, 'member', noClusters)).to.contain('relay');
    expect(because(alone, 'member', noClusters)).to.equal('');
    expect(because(member, 'leader', noClusters)).to.contain('not the leader');
    expect(because({ ...member, leader: true }, 'leader', noClusters)).to.equal('');
  });

  it('is never behind, by integers of any size, nor of a cluster that another replaced', () => {
    const follow = (...steps: Partial<ServedDatabase>[]): string[] => {
      let seen: SeenClusters = noClusters;
      return steps.map((step) => {
        const fitness = judgeServer({ ...member, ...step }, 'any', seen);
        if ('seen' in fitness) seen = fitness.seen;
        return 'because' in fitness ? (/behind|replaced/.exec(fitness.because)?.[0] ?? 'other') : '';
      });
    };
    expect(follow({ index: 5 }, { index: 4 }, { index: 5 }, { index: 6 }, { index: 5 })).to.deep.equal([
      '',
      'behind',
      '',
      '',
      'behind',
    ]);
    expect(follow({ index: 2n ** 60n }, { index: 7 }, { index: 2n ** 60n + 1n })).to.deep.equal(['', 'behind', '']);
    expect(follow({ cluster: 'a' }, { cluster: 'b', index: 1 }, { cluster: 'a', index: 99 })).to.deep.equal([
      '',
      '',
      'replaced',
    ]);
  });

  it('never lets what was seen go back', () => {
    const step = fc.record({ cluster: fc.constantFrom('a', 'b', 'c'), index: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let seen: SeenClusters = noClusters;
        const furthest = new Map<string, number>();
        const order: string[] = [];
        for (const { cluster, index } of steps) {
          const fitness = judgeServer({ ...member, cluster, index }, 'any', seen);
          if (!('seen' in fitness)) continue;
          seen = fitness.seen;
          expect(index).to.be.at.least(furthest.get(cluster) ?? 0);
          furthest.set(cluster, index);
          if (order.at(-1) !== cluster) order.push(cluster);
        }
        expect(new Set(order).size).to.equal(order.length);
      }),
    );
  });
});

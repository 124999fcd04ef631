import { expect } from 'chai';
import { fuzz, TARGETS } from '../../fuzz/run.ts';

/** Far above what any input takes, so that only what grows out of hand exceeds them. */
const MOST_MS = 2000;
const MOST_MIB = 400;

describe('bytes of a stranger', function () {
  this.timeout(120_000);

  it('are read or refused in order, soon and in bounded memory, by every parser of the agent', async () => {
    const { tallies, grownMiB } = await fuzz({ seed: 20_000, inputs: 20_000 });
    expect(tallies.size).to.equal(TARGETS.length);
    for (const [name, { accepted, refused, slowestMs }] of tallies) {
      expect(slowestMs, `slowest input of ${name}`).to.be.below(MOST_MS);
      expect(refused, `inputs that ${name} refused`).to.be.above(0);
      expect(accepted, `inputs that ${name} accepted`).to.be.above(0);
    }
    expect(grownMiB).to.be.below(MOST_MIB);
  });
});

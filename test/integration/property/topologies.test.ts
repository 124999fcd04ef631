import { expect } from 'chai';
import { explain, explore } from '../../model/explore.ts';
import { regressions } from '../../model/regression.ts';
import { Stage } from '../../model/stage.ts';

const RUNS = Number(process.env['PVLAN_PROPERTY_RUNS'] ?? 1000);
// The same networks every time: what nobody has seen yet is for `npm run property` to find.
const SEED = Number(process.env['PVLAN_PROPERTY_SEED'] ?? 5517);
const KEPT = await regressions();

describe('any network of Private VLANs over two hypervisors', function () {
  this.timeout(60_000 + RUNS * 2000);
  let stage: Stage;

  before(async () => {
    stage = await Stage.open();
  });

  after(async () => {
    await stage.close();
  });

  for (const { title, topologies } of KEPT) {
    it(title, async () => {
      const { violations } = await stage.play(topologies);
      expect(violations.map(({ text }) => text)).to.deep.equal([]);
    });
  }

  it(`delivers what RFC 5517 permits and nothing else, whatever is sent (${RUNS} networks, seed ${SEED})`, async () => {
    const found = await explore(stage, {
      runs: RUNS,
      seed: SEED,
      onLoss: (violations) => {
        process.stdout.write(`      lost once, and not again: ${violations.map(({ text }) => text).join('; ')}\n`);
      },
    });
    if (found !== undefined) expect.fail(explain(found));
  });
});

import { expect } from 'chai';
import { FAULTS } from '../../chaos/faults.ts';
import { runChaos } from '../../chaos/run.ts';

describe('two hypervisors on which everything goes wrong', function () {
  this.timeout(180_000);

  it('let no forbidden frame through at any instant, and let permitted ones through again after each fault', async () => {
    const report = await runChaos({ seed: 2102, faults: 40, durationMs: 26_000 });
    expect(report.faults).to.be.above(0);
    expect(report.attacks).to.be.above(1000);
    expect(report.byFault.size).to.be.at.most(FAULTS.length);
  });
});

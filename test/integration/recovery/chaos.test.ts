import { expect } from 'chai';
import { attackKinds } from '../../chaos/attack.ts';
import { FAULTS } from '../../chaos/faults.ts';
import { MODES } from '../../chaos/mode.ts';
import { runChaos } from '../../chaos/run.ts';

/** As many as there are kinds, half of them in each wire mode. */
const COUNT = 2 * Math.floor(FAULTS.length / 2);

describe('two hypervisors on which everything goes wrong', function () {
  this.timeout(300_000);

  it('let no forbidden frame through at any instant, and let permitted ones through again after each fault', async () => {
    const report = await runChaos({ seed: 2102, faults: COUNT });
    expect(report.faults).to.equal(COUNT);
    expect([...report.byFault.values()].flat()).to.have.length(COUNT);
    // A deck of faults holds each kind once, and each mode has its own.
    expect(report.byFault.size).to.be.at.least(COUNT / MODES.length);
    const missing = MODES.flatMap(attackKinds).filter((kind) => !report.byAttack.has(kind));
    expect(missing).to.deep.equal([]);
    expect(report.attacks).to.be.above(1000);
    expect(report.arrived).to.be.above(1000);
  });
});

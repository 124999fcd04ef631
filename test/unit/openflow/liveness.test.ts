import { expect } from 'chai';
import { Liveness } from '../../../src/openflow/liveness.ts';

describe('the liveness of a peer', () => {
  it('is not questioned while bytes arrive', () => {
    const liveness = new Liveness(100, 0);
    for (let now = 0; now <= 1000; now += 90) {
      liveness.received(now);
      expect(liveness.check(now + 89)).to.equal('alive');
    }
  });

  it('is probed once after one silent interval, and ended after another', () => {
    const liveness = new Liveness(100, 0);
    expect(liveness.check(99)).to.equal('alive');
    expect(liveness.check(100)).to.equal('probe');
    expect(liveness.check(199)).to.equal('alive');
    expect(liveness.check(200)).to.equal('dead');
  });

  it('is restored by any byte after the probe', () => {
    const liveness = new Liveness(100, 0);
    liveness.check(100);
    liveness.received(150);
    expect(liveness.check(249)).to.equal('alive');
    expect(liveness.check(250)).to.equal('probe');
  });

  it('gets a whole interval after a probe that was late', () => {
    const liveness = new Liveness(100, 0);
    expect(liveness.check(5000)).to.equal('probe');
    expect(liveness.check(5099)).to.equal('alive');
    expect(liveness.check(5100)).to.equal('dead');
  });
});

import { expect } from 'chai';
import { Contention } from '../../../src/agent/contention.ts';

describe('contention with another writer', () => {
  it('lets single repairs happen at once', () => {
    const contention = new Contention();
    for (let now = 0; now < 60_000; now += 2000) {
      contention.note(['flow'], now);
      expect(contention.delay(now)).to.equal(0);
    }
    expect(contention.fights(60_000)).to.deep.equal([]);
  });

  it('slows down to once a second, and says what is fought over, when one flow is undone again and again', () => {
    const contention = new Contention();
    for (let round = 0; round < 10; round += 1) contention.note(['flow'], round);
    expect(contention.fights(10)).to.deep.equal(['flow']);
    expect(contention.delay(9)).to.equal(1000);
    expect(contention.delay(1009)).to.equal(0);
  });

  it('ends once the flow was left alone', () => {
    const contention = new Contention();
    for (let round = 0; round < 10; round += 1) contention.note(['flow'], round);
    expect(contention.fights(30_010)).to.deep.equal([]);
    expect(contention.repairs).to.equal(10);
  });

  it('does not take many flows repaired once for a fight', () => {
    const contention = new Contention();
    contention.note(
      Array.from({ length: 1000 }, (_, number) => `flow ${number}`),
      0,
    );
    expect(contention.delay(0)).to.equal(0);
  });
});

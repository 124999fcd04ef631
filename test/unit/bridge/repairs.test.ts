import { expect } from 'chai';
import { fights, gap, NO_REPAIRS, pause, repaired, type Repairs } from '../../../src/bridge/decide/repairs.ts';

/** The memory of repairs, as it goes from one value to the next. */
class Contention {
  #repairs: Repairs = NO_REPAIRS;

  get repairs(): number {
    return this.#repairs.count;
  }

  note(things: readonly string[], now: number): void {
    this.#repairs = repaired(this.#repairs, things, now);
  }

  pause = (thing: string, now: number): number => pause(this.#repairs, thing, now);
  gap = (now: number): number => gap(this.#repairs, now);
  fights = (now: number): readonly string[] => fights(this.#repairs, now);
}

function fight(contention: Contention, key = 'flow', from = 0): void {
  for (let round = 0; round < 10; round += 1) contention.note([key], from + round);
}

describe('contention with another writer', () => {
  it('lets single repairs happen at once', () => {
    const contention = new Contention();
    for (let now = 0; now < 60_000; now += 2000) {
      contention.note(['flow'], now);
      expect(contention.pause('flow', now)).to.equal(0);
      expect(contention.gap(now)).to.equal(0);
    }
  });

  it('says what is undone again and again, however slowly, until it was left alone for minutes', () => {
    const contention = new Contention();
    for (let now = 0; now < 9 * 50_000; now += 50_000) contention.note(['flow'], now);
    expect(contention.fights(450_000)).to.deep.equal([]);
    contention.note(['flow'], 450_000);
    expect(contention.fights(450_000)).to.deep.equal(['flow']);
    expect(contention.pause('flow', 450_000)).to.equal(0);
    expect(contention.fights(600_000)).to.deep.equal([]);
  });

  it('slows down to once a second, and says what is fought over, when one flow is undone again and again', () => {
    const contention = new Contention();
    fight(contention);
    expect(contention.fights(10)).to.deep.equal(['flow']);
    expect(contention.pause('flow', 9)).to.equal(1000);
    expect(contention.pause('flow', 1009)).to.equal(0);
  });

  it('keeps nobody else waiting for more than some milliseconds', () => {
    const contention = new Contention();
    fight(contention);
    expect(contention.pause('another flow', 9)).to.equal(0);
    expect(contention.gap(9)).to.equal(20);
    expect(contention.gap(29)).to.equal(0);
  });

  it('ends once the flow was left alone', () => {
    const contention = new Contention();
    fight(contention);
    expect(contention.fights(30_010)).to.deep.equal([]);
    expect(contention.pause('flow', 30_010)).to.equal(0);
    expect(contention.repairs).to.equal(10);
    contention.note(['flow'], 30_020);
    expect(contention.pause('flow', 30_020)).to.equal(0);
  });

  it('does not take many flows repaired once for a fight', () => {
    const contention = new Contention();
    contention.note(
      Array.from({ length: 1000 }, (_, number) => `flow ${number}`),
      0,
    );
    expect(contention.gap(0)).to.equal(0);
    expect(contention.fights(0)).to.deep.equal([]);
  });
});

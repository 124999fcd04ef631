import { expect } from 'chai';
import { leaks, lifeOf } from '../../chaos/memory.ts';

const MINUTE = 60_000;

/** A life of so many minutes, with a sample each second. */
function life(minutes: number, mib: (second: number) => number): ReturnType<typeof lifeOf> {
  const samples = Array.from({ length: minutes * 60 + 1 }, (_, second) => ({ at: second * 1000, mib: mib(second) }));
  return lifeOf('agent', samples);
}

/** What a garbage collector makes of a steady need. */
const sawtooth = (second: number): number => 80 + (second % 20);

describe('the memory of an agent', () => {
  it('is told by its first and last quarter, its age and its slope', () => {
    const grown = life(4, (second) => 80 + second / 4);
    expect(grown.ageMs).to.equal(4 * MINUTE);
    expect([grown.first, grown.last, grown.most]).to.deep.equal([87.5, 132.5, 140]);
    expect(grown.slope).to.be.closeTo(900, 1);
  });

  it('leaks where it keeps growing', () => {
    expect(leaks(life(4, (second) => sawtooth(second) + second / 4))).to.equal(true);
  });

  it('does not leak where it goes up and down, grows at the start, or is young', () => {
    expect(leaks(life(4, sawtooth))).to.equal(false);
    expect(leaks(life(4, (second) => Math.min(80, 50 + second)))).to.equal(false);
    expect(leaks(life(2, (second) => 80 + second))).to.equal(false);
  });
});

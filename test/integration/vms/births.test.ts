import { expect } from 'chai';
import { BORN_PARKED, ISOLATED, Scene } from '../../lifecycle/scene.ts';
import { Twins } from '../../lifecycle/twins.ts';
import type { TwinBirth, TwinBirthKind } from '../../lifecycle/twins.ts';
import { SENTINEL, Witness } from '../../lifecycle/witness.ts';

/** Both sent before and after they were protected, the protection came, and their protected neighbour heard nothing. */
function expectSilence(births: readonly TwinBirth[]): void {
  for (const { sent, atNeighbour, closed, open } of births) {
    expect(atNeighbour, JSON.stringify(births)).to.equal(0);
    expect(sent).to.be.greaterThan(150);
    expect(closed, JSON.stringify(births)).to.be.a('number');
    expect(open, JSON.stringify(births)).to.be.a('number');
  }
}

for (const bornParked of [true, false]) {
  const portgroup = bornParked ? BORN_PARKED : ISOLATED;
  describe(`two guests in the portgroup ${portgroup} that send to each other from their first moment on`, function () {
    this.timeout(120_000);
    let scene: Scene;
    let twins: Twins;

    before(async () => {
      scene = await Scene.create({ protection: 'agent', promiscuousMacs: [SENTINEL.mac] });
      twins = await Twins.in(scene, await Witness.in(scene), portgroup);
    });

    after(async () => {
      await scene.close();
    });

    /**
     * Of ports that are born as ordinary ones both reach each other, and are reached by all, until the agent has parked one: there
     * only the neighbour that is parked can be asked.
     */
    async function born(birth: TwinBirthKind, times: number): Promise<void> {
      const births = await twins.born(birth, times);
      expectSilence(births);
      if (!bornParked) return;
      for (const { betweenNewborn, toNewborn } of births) {
        expect(betweenNewborn, JSON.stringify(births)).to.equal(0);
        expect(toNewborn, JSON.stringify(births)).to.equal(0);
      }
    }

    const reached = bornParked ? 'each other and their neighbour' : 'their neighbour';

    it(`never reach ${reached} while they boot`, async () => {
      await born('boot', 1);
    });

    it(`never reach ${reached} through NICs that are plugged while they run`, async () => {
      await born('hotplug', 2);
    });

    it(`never reach ${reached} when they are restored from files and send from their first instruction`, async () => {
      await born('restore', 1);
    });
  });
}

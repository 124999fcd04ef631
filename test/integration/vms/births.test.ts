import { expect } from 'chai';
import type { Guest } from '../../lab/guest.ts';
import { hostileGuest, measureBirths } from '../../lifecycle/births.ts';
import type { Birth, BirthResult } from '../../lifecycle/births.ts';
import { BORN_PARKED, ISOLATED, Scene } from '../../lifecycle/scene.ts';
import { SENTINEL, Witness } from '../../lifecycle/witness.ts';

/** The neighbour heard nothing, although the guest had sent before and after it was protected, and the protection came. */
function expectClosed(results: readonly BirthResult[]): void {
  for (const result of results) {
    expect(result.leaked, JSON.stringify(results)).to.equal(0);
    expect(result.sent).to.be.greaterThan(50);
    expect(result.open).to.be.a('number');
  }
}

for (const portgroup of [ISOLATED, BORN_PARKED]) {
  describe(`a guest in the portgroup ${portgroup} that sends to its neighbour from its first moment on`, function () {
    this.timeout(90_000);
    let scene: Scene;
    let witness: Witness;
    let guest: Guest;

    before(async () => {
      scene = await Scene.create({ protection: 'agent', promiscuousMacs: [SENTINEL.mac] });
      witness = await Witness.in(scene);
      guest = await hostileGuest(scene, portgroup);
    });

    after(async () => {
      await scene.close();
    });

    async function born(birth: Birth, times: number): Promise<void> {
      expectClosed(await measureBirths(witness, guest, { birth, portgroup, times }));
    }

    it('never reaches it while it boots', async () => {
      await born('boot', 1);
    });

    it('never reaches it through a NIC that is plugged while it runs', async () => {
      await born('hotplug', 1);
    });

    it('never reaches it when it is restored from a file and sends from its first instruction', async () => {
      await born('restore', 2);
    });
  });
}

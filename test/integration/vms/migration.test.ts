import { expect } from 'chai';
import type { MoverRole } from '../../lifecycle/moving-cast.ts';
import { expectUndisturbed, Moving } from './moving.ts';

const PEERS: Readonly<Record<MoverRole, string>> = {
  isolated: 'the routers on both hypervisors and behind the switch',
  community: 'its community on both hypervisors and the router behind the switch',
  promiscuous: 'isolated guests on both hypervisors and a host behind the switch',
};

for (const role of ['isolated', 'community', 'promiscuous'] as const) {
  describe(`a guest, ${role}, that moves to another hypervisor while it runs`, function () {
    this.timeout(60_000);
    let moving: Moving;

    before(async () => {
      moving = await Moving.of(role, { bornParked: true });
    });

    after(async () => {
      await moving.stage.close();
    });

    it(`keeps ${PEERS[role]}, meets nobody else at any instant, and leaves nothing behind, there and back`, async () => {
      const { stage } = moving;
      await moving.expectSettled();
      const flows = await moving.flowsAt(stage.here);
      const identity = await moving.identity();
      for (const goal of ['b', 'a']) {
        expectUndisturbed(await stage.observe(() => stage.guest.migrate(stage.there)));
        expect(stage.here.name).to.equal(goal);
        await moving.expectSettled();
        expect(await moving.flowsAt(stage.here), 'flows that name it').to.equal(flows);
        expect(await moving.identity()).to.deep.equal(identity);
      }
    });
  });
}

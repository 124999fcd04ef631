import { expect } from 'chai';
import { GUEST_MAC } from '../../lifecycle/moving-cast.ts';
import type { MoverRole } from '../../lifecycle/moving-cast.ts';
import type { MovingStage } from '../../lifecycle/moving-stage.ts';
import { expectUndisturbed, Moving, SLOW } from './moving.ts';
import { installed, marks } from './ports.ts';

const PEERS: Readonly<Record<MoverRole, string>> = {
  isolated: 'the routers on both hypervisors and behind the switch',
  community: 'its community on both hypervisors and the router behind the switch',
  promiscuous: 'isolated guests on both hypervisors and a host behind the switch',
};

for (const role of ['isolated', 'community', 'promiscuous'] as const) {
  describe(`a guest, ${role}, that moves to another hypervisor while it runs`, function () {
    this.timeout(60_000);
    let moving: Moving;
    let stage: MovingStage;

    before(async () => {
      moving = await Moving.of(role, { bornParked: true });
      stage = moving.stage;
    });

    after(async () => {
      await stage.close();
    });

    it(`keeps ${PEERS[role]}, meets nobody else at any instant, and leaves nothing behind, there and back`, async () => {
      await moving.expectSettled();
      const flows = await moving.flowsAt(stage.here);
      const identity = await moving.identity();
      for (const desired of ['b', 'a']) {
        expectUndisturbed(await stage.observe((encounters) => moving.migrate(encounters)));
        expect(stage.here.name).to.equal(desired);
        await moving.expectSettled();
        expect(await moving.flowsAt(stage.here), 'flows that name it').to.equal(flows);
        expect(await moving.identity()).to.deep.equal(identity);
      }
    });

    it('is as it was when the migration is cancelled', async () => {
      const { here, there } = stage;
      const seen = await stage.observe(async (encounters) => {
        const migration = await stage.guest.beginMigration(there, SLOW);
        await migration.underWay();
        await installed(there, GUEST_MAC);
        await encounters.flow();
        await migration.cancel();
        expect(await migration.failure()).to.match(/abort|cancel/);
      });
      expectUndisturbed(seen, { beyond: 20 });
      expect(stage.here).to.equal(here);
      await moving.expectSettled();
    });

    it("keeps them when the destination's agent starts while it moves", async () => {
      const { there } = stage;
      await stage.agentOn(there).end('SIGTERM');
      const seen = await stage.observe(async () => {
        const migration = await stage.guest.beginMigration(there, SLOW);
        await migration.underWay();
        expect(await marks(there, GUEST_MAC)).to.equal('');
        await stage.agentOn(there).start();
        await installed(there, GUEST_MAC);
        await migration.hurry();
        await migration.done();
      });
      expectUndisturbed(seen);
      expect(stage.here).to.equal(there);
      await moving.expectSettled();
    });
  });
}

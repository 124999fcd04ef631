import { expect } from 'chai';
import { GUEST_MAC } from '../../lifecycle/moving-cast.ts';
import { expectUndisturbed, Moving, parking } from './moving.ts';
import { installed } from './ports.ts';

describe('a live migration of an isolated guest, not born parked, to a hypervisor without an agent', function () {
  this.timeout(60_000);
  let moving: Moving;

  before(async () => {
    moving = await Moving.of('isolated');
  });

  after(async () => {
    await moving.stage.close();
  });

  it('gives isolated neighbours nothing of it, for they are parked, and isolates it when the agent starts', async () => {
    const { stage } = moving;
    const { there } = stage;
    await stage.agentOn(there).end('SIGKILL');
    const seen = await stage.observe(async () => {
      await stage.guest.migrate(there);
      expect(await parking(there)).to.equal('');
      await stage.agentOn(there).start();
      await installed(there, GUEST_MAC);
    });
    expect(seen.forbidden.fromGuest).to.equal(0);
    expectUndisturbed({ ...seen, forbidden: { ...seen.forbidden, toGuest: 0 } }, { beyond: 2000 });
    // What reached it was flooded by its neighbours: an ordinary port gets that, and this one is none any more.
    const later = await stage.observe(() => Promise.resolve());
    expect(later.forbidden).to.deep.equal(seen.forbidden);
    await moving.expectSettled();
  });
});

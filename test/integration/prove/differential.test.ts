import { expect } from 'chai';
import { compareWithTrace } from '../../prove/differential.ts';
import { Server } from '../openflow/server.ts';

describe('the proof and ovs-vswitchd', function () {
  this.timeout(120_000);
  let server: Server;

  before(async () => {
    server = await Server.start();
  });

  after(() => server.stop());

  it('agree about random frames on random switches, port by port', async () => {
    const { frames, unproved, differences } = await compareWithTrace(server, {
      switches: 20,
      framesEach: 200,
      seed: 1,
    });
    expect(differences).to.be.empty;
    expect(frames).to.equal(4000);
    // The comparison is worth something only where the proof claims to know.
    expect(unproved).to.be.below(frames / 4);
  });
});

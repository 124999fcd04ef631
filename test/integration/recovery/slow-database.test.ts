import { join } from 'node:path';
import { expect } from 'chai';
import { AgentChild } from '../../chaos/agent-child.ts';
import { until } from '../../lab/until.ts';
import { jsonMessages, Relay } from '../../support/relay.ts';
import { useSite } from './site.ts';

describe('an agent whose database takes its time to write', function () {
  this.timeout(120_000);
  const site = useSite({ agent: false, bornParked: false });
  let relay: Relay;
  let agent: AgentChild;

  before(async () => {
    const { host } = site();
    const socket = join(host.folder, 'run', 'db.sock');
    relay = await Relay.listen(socket, host.dbSocket, jsonMessages);
    agent = await AgentChild.start(host, { settings: { ovsdb: `unix:${socket}`, openflow: host.rundir } });
    await agent.settled(['g1', 'g2']);
  });

  after(async () => {
    await agent.kill();
    await relay.close();
  });

  it('closes a newborn port by a flow, though the database has not answered yet', async () => {
    relay.hold();
    const guest = await site().plug(3);
    const flow = `priority=200,in_port=${await guest.ofport()} actions=drop`;
    await until('the flow that closes it', async () => (await site().flows()).some((line) => line.endsWith(flow)));
    expect(await site().host.vsctl('get', 'Port', 'g3', 'trunks')).to.equal('[]');
  });

  it('puts back meanwhile what somebody deletes', async () => {
    const before = await site().flows();
    await site().deleteFlows();
    await site().flowsAre(before);
    expect(await site().host.vsctl('get', 'Port', 'g3', 'trunks')).to.equal('[]');
  });

  it('goes on when it answers', async () => {
    relay.release();
    await agent.settled(['g1', 'g2', 'g3']);
    expect(await site().offences()).to.equal('');
  });
});

import { expect } from 'chai';
import { parseRemote } from '../../../src/ovsdb/remote.ts';
import { VswitchDatabase } from '../../../src/vswitch/database.ts';
import { AgentChild } from '../../chaos/agent-child.ts';
import { until } from '../../lab/until.ts';
import { FlowWatch } from '../../support/flow-watch.ts';
import { SteadyStream } from '../../support/steady-stream.ts';
import { FlowAges } from './flow-ages.ts';
import { Site, useSite } from './site.ts';

describe('an agent that is restarted', function () {
  this.timeout(60_000);
  let site: Site;
  let onlooker: VswitchDatabase;

  before(async () => {
    site = await Site.create();
    onlooker = new VswitchDatabase({ remotes: [parseRemote(`unix:${site.host.dbSocket}`)] });
    await onlooker.ready({ timeoutMs: 10_000 });
    await site.startAgent();
    await site.settled();
  });

  after(async () => {
    onlooker.close();
    await site.close();
  });

  /** Ports and interfaces whose rows are written while `act` runs. */
  const writes = async (act: () => Promise<void>): Promise<string[]> => {
    const seen: string[] = [];
    const watch = onlooker.changes$.subscribe(({ origin, changes }) => {
      if (origin !== 'update') return;
      for (const change of changes)
        if (change.table === 'Port' || change.table === 'Interface') seen.push(`${change.table} ${change.kind}`);
    });
    await act();
    // The database tells of its changes in order: once ours is seen, so is everything before it.
    await onlooker.applied([]);
    watch.unsubscribe();
    return seen;
  };

  it('writes nothing to any row where nothing is to be changed: marks stand all the time', async () => {
    const seen = await writes(async () => {
      await site.stopAgent();
      await site.startAgent();
      await site.settled();
    });
    expect(seen).to.deep.equal([]);
  });

  it('changes no flow and no row when it finds the database again that was away', async () => {
    const watch = await FlowWatch.open(site.host);
    const before = await FlowAges.read(site.host);
    await site.host.killOvsdb('SIGKILL');
    await until('the agent to notice', () => !site.agent.agent.status().database.connected);
    await site.host.startOvsdb();
    await onlooker.ready({ timeoutMs: 10_000 });
    const seen = await writes(async () => {
      await site.host.vsctl('init');
      await site.settled();
    });
    await watch.connection.barrier();
    watch.close();
    expect(watch.changes).to.deep.equal([]);
    expect(before.touched(await FlowAges.read(site.host))).to.deep.equal([]);
    expect(seen.filter((change) => change.startsWith('Port'))).to.deep.equal([]);
  });
});

describe('an agent that is restarted under traffic', function () {
  this.timeout(120_000);
  const site = useSite({ agent: false });

  it('loses no permitted frame at 1,000 a second and changes no flow, however it ended', async () => {
    const agent = await AgentChild.start(site().host);
    await agent.settled(['g1', 'g2']);
    const watch = await FlowWatch.open(site().host);
    const before = await FlowAges.read(site().host);
    const stream = new SteadyStream(site().guest(1), site().router, 1000);
    await until('frames to flow', () => stream.arrived > 100);
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await agent.kill(signal);
      agent.restart();
      await agent.settled(['g1', 'g2']);
      const arrived = stream.arrived;
      await until('frames after it', () => stream.arrived > arrived + 100);
    }
    const { sent, lost } = await stream.stop();
    await watch.connection.barrier();
    watch.close();
    expect(sent).to.be.above(500);
    expect(lost).to.equal(0);
    expect(watch.changes).to.deep.equal([]);
    expect(before.touched(await FlowAges.read(site().host))).to.deep.equal([]);
    await agent.kill();
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { AgentChild } from '../../chaos/agent-child.ts';
import { Random } from '../../chaos/random.ts';
import { until } from '../../lab/until.ts';
import { useSite, type Site } from './site.ts';

const names = (site: Site): string[] => site.guests.map((guest) => guest.name);

describe('an agent killed at any moment', function () {
  this.timeout(180_000);
  const site = useSite({ agent: false });

  it('leaves what its successor can go on from, while ports come and go', async () => {
    const random = new Random(7);
    const agent = await AgentChild.start(site().host);
    await agent.settled(names(site()));
    for (let round = 0; round < 6; round += 1) {
      const churn = (async () => {
        const [first] = site().guests;
        if (first !== undefined) await site().unplug(first);
        await site().plug(20 + round);
        await site().host.vsctl('set', 'Interface', `g${20 + round}`, `external_ids:round=${round}`);
      })();
      // Any moment of the churn, which takes some 50 ms: this is what is tested, not a wait for anything.
      await delay(random.below(60));
      await agent.kill();
      await churn;
      expect(await site().leaks(), `round ${round}, with no agent`).to.equal('');
      agent.restart();
      await agent.settled(names(site()));
      expect(await site().offences(), `round ${round}`).to.equal('');
    }
    await agent.kill();
  });
});

describe('two agents on one host', function () {
  this.timeout(60_000);
  const site = useSite({ agent: false });

  it('take turns: the second stands by and changes nothing, and takes over when the first is killed', async () => {
    const first = await AgentChild.start(site().host, { name: 'first' });
    await first.settled(names(site()));
    const second = await AgentChild.start(site().host, { name: 'second' });
    await until('the second to stand by', async () => (await second.status())?.mode === 'standby', { timeout: 20_000 });
    const before = await site().flows();
    expect((await first.status())?.mode).to.equal('active');

    await first.kill();
    await until('the second to take over', async () => (await second.status())?.mode === 'active');
    await second.settled(names(site()));
    expect(await site().flows()).to.deep.equal(before);
    await site().plug(3);
    await second.settled(names(site()));
    expect(await site().offences()).to.equal('');
    await second.kill();
  });
});

describe('an agent beside a controller', function () {
  this.timeout(60_000);
  const site = useSite({ agent: false });

  it('leaves the flows of others in its own tables alone, in all it does', async () => {
    const foreign = async (): Promise<string[]> =>
      (await site().host.ofctl('--no-stats', 'dump-flows', 'br0', 'cookie=0x1234/-1'))
        .split('\n')
        .filter((line) => line.includes('cookie='));
    const controller = `unix:${site().host.rundir}/br0.controller`;
    await site().host.vsctl('set-controller', 'br0', `p${controller}`);
    await site().host.vsctl('set-fail-mode', 'br0', 'secure');
    const lines = [
      'cookie=0x1234,table=0,priority=77,in_port=999,actions=drop',
      'cookie=0x1234,table=60,priority=77,in_port=999,actions=drop',
      'cookie=0x1234,table=66,priority=1,dl_dst=02:00:00:00:09:09,actions=NORMAL',
    ];
    for (const line of lines) await site().host.ofctl('add-flow', controller, line);
    await site().host.ofctl('add-flow', controller, 'priority=0,actions=NORMAL');
    const before = await foreign();
    expect(before.length).to.equal(3);

    await site().startAgent();
    await site().settled();
    expect(await foreign()).to.deep.equal(before);
    const guest = await site().plug(5);
    await site().settled();
    await site().unplug(guest);
    await site().deleteFlows(controller);
    await until('our flows to be back', async () => (await site().flows()).length > 0);
    await site().settled();
    await site().stopAgent();
    await site().startAgent();
    await site().settled();
    expect(await foreign()).to.deep.equal(before);
    expect(await site().offences()).to.equal('');
  });
});

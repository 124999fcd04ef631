import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { AgentChild } from '../../chaos/agent-child.ts';
import { until } from '../../lab/until.ts';
import { useSite } from './site.ts';

/** Longer than the agent's probe interval, in milliseconds: its timers are all due when it goes on. */
const STANDSTILL_MS = 6000;
/** Two probe intervals, and time to notice. */
const GIVEN_UP = { timeout: 20_000 };

describe('an agent that stands still', function () {
  this.timeout(60_000);
  const site = useSite({ agent: false });

  it('gives up no healthy connection when it goes on, and sees what happened meanwhile', async () => {
    const agent = await AgentChild.start(site().host);
    await agent.settled(['g1', 'g2']);
    const before = await site().flows();
    agent.signal('SIGSTOP');
    try {
      await site().unplug(site().guest(2));
      await site().plug(3);
      await site().deleteFlows();
      expect(await site().leaks()).to.equal('');
      // The standstill itself, not a wait for anything.
      await delay(STANDSTILL_MS);
    } finally {
      agent.signal('SIGCONT');
    }
    await agent.settled(['g1', 'g3']);
    expect((await site().flows()).length).to.equal(before.length);
    expect(await site().offences()).to.equal('');
    expect(await agent.words()).not.to.match(/silent|no OpenFlow/);
    await agent.kill();
  });
});

describe('an agent whose daemons stand still until it gives them up', function () {
  this.timeout(60_000);
  const site = useSite();

  const standsStill = async (pid: number, meanwhile: () => Promise<void>): Promise<void> => {
    process.kill(pid, 'SIGSTOP');
    try {
      await meanwhile();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  };

  it('finds ovs-vswitchd again, and writes no flow that is there', async () => {
    const before = await site().flows();
    await standsStill(site().host.vswitchdPid, async () => {
      // Whatever it asks for at that moment misses its time, or nothing answers its echo request.
      await until('an alarm', () => /br0.*(?:silent|within \d+ ms)/.test(site().alarms), GIVEN_UP);
      expect(site().agent.agent.status().bridges[0]?.openflow).to.equal('down');
      await site().plug(4, { wait: false });
    });
    await site().settled();
    expect((await site().flows()).filter((flow) => before.includes(flow)).length).to.be.above(0);
    expect(site().alarms).to.equal('');
    expect(await site().offences()).to.equal('');
  });

  it('waits for ovsdb-server, says that it does not answer, and goes on', async () => {
    const pid = Number(await readFile(join(site().host.rundir, 'ovsdb-server.pid'), 'utf8'));
    await standsStill(pid, async () => {
      // A server of this host that is alive is no better for being asked anew: the connection stays.
      await until('an alarm', () => site().alarms.includes('does not answer'), GIVEN_UP);
      expect(site().agent.agent.status().mode).to.equal('active');
    });
    await until('the end of the alarm', () => site().alarms === '', GIVEN_UP);
    await site().plug(5);
    await site().settled();
    expect(await site().offences()).to.equal('');
  });
});

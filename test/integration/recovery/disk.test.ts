import { expect } from 'chai';
import { SmallDisk } from '../../chaos/small-disk.ts';
import { until } from '../../lab/until.ts';
import { useSite } from './site.ts';

describe('an agent whose database is on a full disk', function () {
  this.timeout(60_000);
  // Ports that are not born parked have to be parked by the agent, which it cannot do here.
  const site = useSite({ agent: false, bornParked: false });
  let disk: SmallDisk;

  before(async () => {
    disk = await SmallDisk.under(site().host);
  });

  const states = (): string[] =>
    site()
      .agent.agent.status()
      .bridges.flatMap(({ ports }) => ports.filter(({ role }) => role !== undefined).map(({ state }) => state));
  const told = (): string[] =>
    site()
      .agent.log.filter(({ level, message }) => level === 'error' && message.includes('I/O error'))
      .map(({ message }) => message);

  it('opens no port that it cannot park, and says why', async () => {
    await disk.fill();
    await site().startAgent();
    await until('a word about it', () => told().some((line) => line.startsWith('bridge br0')));
    await until('the flows that close them', async () => (await site().flows()).length > 0);
    expect(states()).to.deep.equal(['resolved', 'resolved']);
    expect(await site().leaks()).to.equal('');
    expect(await Promise.all(site().guests.map((guest) => site().mark(guest)))).to.deep.equal([undefined, undefined]);
    await until('an alarm', () => /not as wanted yet: .*No space left on device/.test(site().alarms));
    // It is told once, not with each attempt.
    expect(new Set(told()).size).to.equal(told().length);
  });

  it('parks and opens them once there is room again', async () => {
    await disk.free();
    await site().settled();
    expect(site().alarms).to.equal('');
    expect(await site().offences()).to.equal('');
  });

  it('serves those who were installed before, and puts flows back, which need no disk', async () => {
    const before = await site().flows();
    await disk.fill();
    await site().deleteFlows();
    await site().flowsAre(before);
    expect(await site().offences()).to.equal('');
    await disk.free();
    await site().plug(3);
    await site().settled();
    expect(await site().offences()).to.equal('');
  });
});

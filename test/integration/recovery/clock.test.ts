import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { AgentChild, sources } from '../../chaos/agent-child.ts';
import { until } from '../../lab/until.ts';
import { useSite, type Site } from './site.ts';

const JUMPING_CLOCK = fileURLToPath(new URL('jumping-clock.ts', import.meta.url));
/** Seconds: some thirty years. */
const ELSEWHERE = 1_000_000_000;

/** What an agent does on any day: puts deleted flows back, serves a new guest, lets go of one that leaves. */
async function worksAsEver(site: Site, agent: AgentChild, number: number): Promise<void> {
  const before = await site.flows();
  await site.deleteFlows();
  await site.flowsAre(before);
  const guest = await site.plug(number);
  await agent.settled(site.guests.map(({ name }) => name));
  expect(await site.offences()).to.equal('');
  await site.unplug(guest);
  await until('its flows to be gone', async () => (await site.flows()).join() === before.join());
}

describe('an agent whose wall clock jumps', function () {
  this.timeout(60_000);
  const site = useSite({ agent: false });

  it('does not notice: the years ahead, the years back, and a start in the past', async () => {
    const agent = await AgentChild.start(site().host, { program: sources(JUMPING_CLOCK) });
    await agent.settled(['g1', 'g2']);
    const { pid } = agent;
    const year = new Date().getFullYear();
    expect(new Date((await agent.status())?.startedAt ?? '').getFullYear()).to.equal(year - 1);
    await worksAsEver(site(), agent, 3);
    for (const [index, years] of [2, -3, 0].entries()) {
      const before = await site().flows();
      agent.signal('SIGUSR2');
      // Where the real year ends within the test, the clock is right about it as well.
      await until('the jump', async () => (await agent.words()).split('the wall clock says').length > index + 1);
      expect(await agent.words()).to.match(new RegExp(`the wall clock says (${year + years}|${year + years + 1})`));
      expect(await site().flows()).to.deep.equal(before);
      await worksAsEver(site(), agent, 10 + index);
    }
    expect(agent.pid).to.equal(pid);
    expect(await agent.words()).not.to.match(/silent|no OpenFlow/);
    await agent.kill();
  });
});

describe('an agent whose monotonic clock began long ago', function () {
  this.timeout(60_000);
  const site = useSite({ agent: false });

  it('does not notice', async () => {
    const wrapper = ['unshare', '--time', `--monotonic=${ELSEWHERE}`, `--boottime=${ELSEWHERE}`];
    const agent = await AgentChild.start(site().host, { wrapper });
    await agent.settled(['g1', 'g2']);
    expect(await readFile(`/proc/${agent.pid}/timens_offsets`, 'utf8')).to.match(new RegExp(`monotonic +${ELSEWHERE}`));
    await worksAsEver(site(), agent, 3);
    await agent.kill();
  });
});

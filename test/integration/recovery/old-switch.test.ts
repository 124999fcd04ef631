import { join } from 'node:path';
import { expect } from 'chai';
import { normalNeedsNoInPort } from '../../../src/openflow/release.ts';
import { until } from '../../lab/until.ts';
import { releaseAtHand } from '../../support/release-at-hand.ts';
import { skip } from '../../support/skip.ts';
import { SwitchProxy } from '../openflow/switch-proxy.ts';
import { useSite } from './site.ts';

const FOREIGN = 'cookie=0x1234,table=66,priority=1,dl_dst=02:00:00:00:09:09,actions=NORMAL';

/** A release that dies of NORMAL without an input port must not give itself out as another: its flows would end it. */
const release = releaseAtHand();
const canPretend = normalNeedsNoInPort(release);

describe('an agent on an Open vSwitch that has no flow monitor', function () {
  this.timeout(60_000);
  const site = useSite({ agent: false });
  let proxy: SwitchProxy;

  before(async () => {
    const folder = join(site().host.folder, 'run');
    proxy = await SwitchProxy.listen(join(folder, 'br0.mgmt'), join(site().host.rundir, 'br0.mgmt'));
    proxy.knowsFlowMonitors = false;
    if (canPretend) proxy.software = '2.17.9';
    await site().host.ofctl('add-flow', 'br0', FOREIGN);
    await site().startAgent({ openflow: folder });
    await site().settled();
  });

  after(async () => {
    await site().stopAgent();
    await proxy.close();
  });

  const foreign = async (): Promise<string> =>
    (await site().host.ofctl('--no-stats', 'dump-flows', 'br0', 'cookie=0x1234/-1'))
      .split('\n')
      .filter((line) => line.includes('cookie='))
      .join('\n');

  it('does not ask for one, and is none the worse', async () => {
    expect(proxy.refusedMonitors).to.equal(0);
    expect(site().agent.agent.status().bridges[0]?.openflow).to.equal('up');
    expect(await site().offences()).to.equal('');
  });

  it('finds a deleted flow and a changed one by looking, again and again', async () => {
    const before = await site().flows();
    for (let time = 0; time < 2; time += 1) {
      await site().host.ofctl('--strict', 'del-flows', 'br0', 'cookie=0/0,table=66,priority=0');
      await site().host.ofctl('mod-flows', 'br0', `table=61,actions=drop`);
      expect(await site().flows()).not.to.deep.equal(before);
      await site().flowsAre(before);
    }
    expect(await site().offences()).to.equal('');
  });

  it('leaves the flow of another writer alone, and sees it', async () => {
    expect(await foreign()).to.contain('dl_dst=02:00:00:00:09:09');
    await until('an alarm about the other writer', () => site().alarms.includes('table=66'));
  });

  it('lives with the error where the switch gives itself out as a later one', async function () {
    if (!canPretend) skip(this, `Open vSwitch ${release.join('.')} dies of what a later one takes`);
    proxy.software = '3.1.0';
    proxy.drop();
    await until('another connection, and a refusal', () => proxy.refusedMonitors > 0);
    await until('the connection to stay', () => site().agent.agent.status().bridges[0]?.openflow === 'up');
    await site().settled();
    expect(proxy.refusedMonitors).to.equal(1);
    expect(await site().offences()).to.equal('');
  });

  it('closes and opens ports as ever', async () => {
    const guest = await site().plug(3);
    await site().settled();
    expect(await site().offences()).to.equal('');
    await site().unplug(guest);
    await until('its flows to be gone', async () => !(await site().flows()).join().includes(guest.mac));
    expect(proxy.refused).to.equal(0);
  });

  it('tries less and less often while connections end right after the handshake', async () => {
    const started = performance.now();
    proxy.hangsUp = true;
    proxy.drop();
    await until('four connections', () => proxy.hungUp >= 4);
    expect(performance.now() - started).to.be.above(50 + 100 + 200);
    proxy.hangsUp = false;
    await site().settled();
    expect(await site().offences()).to.equal('');
  });
});

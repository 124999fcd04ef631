import { join } from 'node:path';
import { expect } from 'chai';
import { isOurs } from '../../../src/pipeline/cookie.ts';
import { refuse } from '../../chaos/refusing-socket.ts';
import { until } from '../../lab/until.ts';
import { FlowWatch } from '../../support/flow-watch.ts';
import { FlowAges } from './flow-ages.ts';
import { useSite } from './site.ts';

describe('an agent whose ovs-vswitchd comes back changed', function () {
  this.timeout(120_000);
  const site = useSite();

  it('fills the tables of one that waits for flows to be restored, before it forwards', async () => {
    const before = await site().flows();
    await site().host.vsctl('set', 'Open_vSwitch', '.', 'other_config:flow-restore-wait=true');
    await site().host.killVswitchd('SIGKILL');
    await site().host.startVswitchd();
    await site().flowsAre(before);
    await site().settled();
    expect(await site().leaks()).to.equal('');
    await site().host.vsctl('remove', 'Open_vSwitch', '.', 'other_config', 'flow-restore-wait');
    expect(await site().flows()).to.deep.equal(before);
    expect(await site().offences()).to.equal('');
  });

  it('restores its flows when fail_mode changes, which clears all tables', async () => {
    const before = await site().flows();
    for (const change of [
      ['set-fail-mode', 'br0', 'secure'],
      ['del-fail-mode', 'br0'],
    ]) {
      const watch = await FlowWatch.open(site().host);
      const ours = (event: 'added' | 'removed') =>
        watch.changes.filter((seen) => seen.event === event && 'flow' in seen && isOurs(seen.flow.cookie)).length;
      const ages = await FlowAges.read(site().host);
      await site().host.vsctl(...change);
      await until('all flows to be put back', async () => {
        if (watch.hears) return ours('added') >= before.length;
        return ages.touched(await FlowAges.read(site().host)).length >= before.length;
      });
      await site().flowsAre(before);
      // It was the switch that took them away, every one.
      if (watch.hears) expect(ours('removed'), change.join(' ')).to.equal(before.length);
      await site().settled();
      watch.close();
      expect(await site().offences()).to.equal('');
    }
  });

  it('restores its flows after ovs-vswitchd was restarted in fail mode secure', async () => {
    const before = await site().flows();
    await site().host.vsctl('set-fail-mode', 'br0', 'secure');
    await site().host.killVswitchd('SIGKILL');
    await site().host.startVswitchd();
    await site().flowsAre(before);
    await site().settled();
    // The bridge's own NORMAL is gone with the mode and not the agent's to restore: its own pipeline needs none.
    expect(await site().offences()).to.equal('');
    await site().host.vsctl('del-fail-mode', 'br0');
    await site().flowsAre(before);
    expect(await site().offences()).to.equal('');
  });

  it('installs its flows anew after the bridge changed its datapath type', async () => {
    const before = await site().flows();
    await site().host.vsctl('set', 'Bridge', 'br0', 'datapath_type=dummy');
    await site().flowsAre(before);
    await site().settled();
    expect(await site().leaks()).to.equal('');
    await site().host.vsctl('set', 'Bridge', 'br0', 'datapath_type=netdev');
    await site().flowsAre(before);
    await site().settled();
    expect(await site().offences()).to.equal('');
  });

  it('trusts no port number of before when ports came and went while ovs-vswitchd was down', async () => {
    await site().host.killVswitchd('SIGKILL');
    await site().unplug(site().guest(1), { wait: false });
    for (const number of [3, 4, 5]) await site().plug(number, { wait: false });
    await site().host.startVswitchd();
    await site().settled();
    expect(await site().offences()).to.equal('');
  });

  it('goes on after ovs-vswitchd stood still for a while', async () => {
    const pid = site().host.vswitchdPid;
    process.kill(pid, 'SIGSTOP');
    try {
      await site().plug(6, { wait: false });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await site().settled();
    expect(await site().offences()).to.equal('');
  });

  // From the third refusal on the agent waits 200 ms each time and nothing of it changes any more (src/bridge/bridge-switch.ts): after
  // these thirty it is as after the three hundred of a minute. Waits that went on growing would miss the deadline.
  it('keeps trying as often however long ovs-vswitchd is away, and is there when it is back', async () => {
    const before = await site().flows();
    await site().host.killVswitchd('SIGKILL');
    await refuse(join(site().host.rundir, 'br0.mgmt'), 30);
    await site().host.startVswitchd();
    await site().flowsAre(before);
    await site().settled();
    expect(await site().offences()).to.equal('');
  });
});

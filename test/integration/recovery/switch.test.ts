import { join } from 'node:path';
import { expect } from 'chai';
import { refuse } from '../../chaos/refusing-socket.ts';
import { until } from '../../lab/until.ts';
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

  it('restores its flows after fail_mode became secure, which clears all tables', async () => {
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
    await until('the flows to be in the new datapath', async () => (await site().flows()).length === before.length);
    await site().settled();
    expect(await site().leaks()).to.equal('');
    await site().host.vsctl('set', 'Bridge', 'br0', 'datapath_type=netdev');
    await until('the flows to be back', async () => (await site().flows()).length === before.length);
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

  it('keeps trying as often however long ovs-vswitchd is away, and is there when it is back', async () => {
    const before = await site().flows();
    await site().host.killVswitchd('SIGKILL');
    await refuse(join(site().host.rundir, 'br0.mgmt'), 20);
    await site().host.startVswitchd();
    await site().flowsAre(before);
    await site().settled();
    expect(await site().offences()).to.equal('');
  });
});

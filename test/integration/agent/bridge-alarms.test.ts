import { expect } from 'chai';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';

/** An active target that nobody listens on: it is the setting that counts. */
const UNREACHABLE = 'tcp:127.0.0.1:1';

describe('an alarm about a bridge', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let agent: AgentOn;

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge();
    await host.plug({ name: 'g1', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' });
    agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
    await agent.reached('installed', 'g1');
  });

  after(async () => {
    await agent.stop();
    await lab.close();
  });

  const alarms = (): string => agent.alarms.join('\n');
  const silence = (): Promise<unknown> => until('the alarm to end', () => alarms() === '');

  it('names a controller without which the bridge fails open, until it fails secure', async () => {
    await host.vsctl('set-controller', 'br0', UNREACHABLE);
    await until('the alarm', () => alarms().includes(UNREACHABLE));
    expect(alarms())
      .to.match(/^bridge br0: /)
      .and.contain("'ovs-vsctl set-fail-mode br0 secure'");
    await host.vsctl('set-fail-mode', 'br0', 'secure');
    await silence();
    await until('the flows that ovs-vswitchd emptied to be back', async () =>
      (await host.ofctl('dump-flows', 'br0')).includes('02:00:00:00:00:01'),
    );
    await agent.reached('installed', 'g1');
    await host.vsctl('del-fail-mode', 'br0');
    await until('the alarm again', () => alarms().includes(UNREACHABLE));
    await host.vsctl('del-controller', 'br0');
    await silence();
  });

  it('is not raised for a controller that has to come by itself', async () => {
    await host.vsctl('set-controller', 'br0', 'ptcp:6699:127.0.0.1', UNREACHABLE);
    await until('the alarm', () => alarms() !== '');
    await host.vsctl('set-controller', 'br0', 'ptcp:6699:127.0.0.1');
    await silence();
    await host.vsctl('del-controller', 'br0');
  });

  it('names a VLAN of a Private VLAN in which nothing is learned, until that ends', async () => {
    await host.vsctl('set', 'Bridge', 'br0', 'flood_vlans=7');
    await host.vsctl('set', 'Bridge', 'br0', 'flood_vlans=7,2102');
    await until('the alarm', () => alarms() !== '');
    expect(alarms())
      .to.match(/^bridge br0: /)
      .and.contain("'ovs-vsctl remove Bridge br0 flood_vlans 2102'")
      .and.not.contain('VLAN 7');
    await host.vsctl('remove', 'Bridge', 'br0', 'flood_vlans', '2102');
    await silence();
    await host.vsctl('clear', 'Bridge', 'br0', 'flood_vlans');
  });

  for (const key of ['mcast-snooping-flood', 'mcast-snooping-flood-reports']) {
    it(`names a guest's port that gets its neighbours' multicast by ${key}`, async () => {
      await host.vsctl('set', 'Port', 'g1', `other_config:${key}=true`);
      await until('the alarm', () => alarms() !== '');
      expect(alarms()).to.match(/^bridge br0: port g1 /);
      expect(alarms()).to.contain(`'ovs-vsctl remove Port g1 other_config ${key}'`);
      await host.vsctl('remove', 'Port', 'g1', 'other_config', key);
      await silence();
    });
  }
});

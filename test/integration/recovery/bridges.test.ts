import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { UPLINK } from '../../lab/upstream.ts';
import { until } from '../../lab/until.ts';
import { useSite } from './site.ts';

describe('an agent whose bridge changes', function () {
  this.timeout(120_000);
  const site = useSite();

  it('begins anew when the bridge was deleted and made again', async () => {
    await site().host.vsctl('del-br', 'br0');
    for (const guest of site().guests.splice(0)) guest.close();
    await until('the agent to let go', () => site().agent.agent.status().bridges.length === 0);
    await site().host.addBridge('br0');
    await site().host.addDevice('br0', UPLINK);
    await site().plug(1);
    await site().plug(2);
    await site().settled();
    expect(await site().offences()).to.equal('');
  });

  it('begins anew when both happened at once', async () => {
    const before = await site().flows();
    const protocols = 'protocols=OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15';
    await site().host.vsctl(
      ...[
        '--',
        'del-br',
        'br0',
        '--',
        'add-br',
        'br0',
        '--',
        'set',
        'Bridge',
        'br0',
        'datapath_type=netdev',
        protocols,
      ],
      ...['--', 'add-port', 'br0', UPLINK],
    );
    for (const guest of site().guests.splice(0)) guest.close();
    await site().plug(1);
    await site().plug(2);
    await site().settled();
    expect((await site().flows()).length).to.equal(before.length);
    expect(await site().offences()).to.equal('');
  });

  it('isolates a port where it is moved to, and leaves nothing of it behind', async () => {
    await site().host.addBridge('br1');
    const guest = await site().plug(8);
    await site().settled();
    await site().host.vsctl(
      '--',
      'del-port',
      'br0',
      'g8',
      '--',
      'add-br',
      'br2',
      '--',
      'set',
      'Bridge',
      'br2',
      'datapath_type=netdev',
    );
    guest.close();
    site().guests = site().guests.filter((one) => one !== guest);
    const moved = await site().host.plug({
      name: 'g8',
      mac: guest.mac,
      bridge: 'br1',
      portProfile: 'isolated-2102',
      bornParked: true,
    });
    await site().agent.reached('installed', 'g8');
    await until('the old bridge to forget it', async () => !(await site().flows('br0')).join().includes(guest.mac));
    expect((await site().flows('br1')).join()).to.include(guest.mac);
    await moved.unplug();
    await site().host.vsctl('--', 'del-br', 'br1', '--', 'del-br', 'br2');
    expect(await site().offences()).to.equal('');
  });

  it('moves a port row from one bridge to another in a single transaction', async () => {
    await site().host.addBridge('br1');
    const guest = await site().plug(9);
    await site().settled();
    const port = await site().host.vsctl('get', 'Port', 'g9', '_uuid');
    await site().host.vsctl(
      '--',
      'remove',
      'Bridge',
      'br0',
      'ports',
      port,
      '--',
      'add',
      'Bridge',
      'br1',
      'ports',
      port,
    );
    await until('the flows to have moved', async () => {
      const [here, there] = [await site().flows('br0'), await site().flows('br1')];
      return !here.join().includes(guest.mac) && there.join().includes(guest.mac);
    });
    await site().agent.reached('installed', 'g9');
    expect(await site().leaks()).to.equal('');
    await site().unplug(guest);
    await site().host.vsctl('del-br', 'br1');
  });

  it('says what to do when the bridge speaks OpenFlow 1.0 only, keeps ports parked, and recovers', async () => {
    await site().host.vsctl('set', 'Bridge', 'br0', 'protocols=OpenFlow10');
    await until('an alarm that names the remedy', () =>
      /OpenFlow 1\.0.*ovs-vsctl set bridge br0 protocols=/.test(site().alarms),
    );
    const late = await site().plug(10);
    for (const guest of site().guests) {
      expect(await site().host.vsctl('get', 'Port', guest.name, 'vlan_mode', 'trunks')).to.match(
        /^(trunk|\[\])\n\[4095\]$/,
      );
    }
    expect(await site().mark(late)).to.equal(undefined);
    expect(await site().leaks()).to.equal('');
    await site().host.vsctl('set', 'Bridge', 'br0', 'protocols=OpenFlow10,OpenFlow14,OpenFlow15');
    await site().settled();
    expect(site().alarms).to.equal('');
    expect(await site().offences()).to.equal('');
  });

  it('keeps ports closed while the management socket cannot be reached, says so, and recovers', async () => {
    const socket = join(site().host.rundir, 'br0.mgmt');
    await site().stopAgent();
    await rename(socket, `${socket}.away`);
    await site().deleteFlows(`unix:${socket}.away`);
    await site().startAgent();
    await until('an alarm', () => site().alarms !== '');
    expect(site().alarms).to.match(/br0.*no socket/);
    const guest = await site().plug(13);
    expect(await site().mark(guest)).to.equal(undefined);
    for (const name of ['g1', 'g2', 'g13']) {
      await until(`${name} to bear no mark`, async () => {
        const ids = await site().host.vsctl('get', 'Interface', name, 'external_ids');
        return !ids.includes('pvlan-installed');
      });
    }
    expect(await site().leaks()).to.equal('');
    await rename(`${socket}.away`, socket);
    await site().settled();
    expect(site().alarms).to.equal('');
    expect(await site().offences()).to.equal('');
  });
});

import { expect } from 'chai';
import { loadConfig } from '../../../src/config/load.ts';
import { flush } from '../../../src/cli/flush.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';

describe('flush, of a guest whose port was born parked', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge('br0');
  });

  after(() => lab.close());

  it('names the port that stays cut off, and the command that opens it, and no other', async () => {
    await host.plug({ name: 'g1', mac: '02:00:00:00:01:01', portProfile: 'isolated-2102', bornParked: true });
    await host.plug({ name: 'g2', mac: '02:00:00:00:01:02', portProfile: 'isolated-2102' });
    const agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
    await agent.reached('installed', 'g1', 'g2');
    await agent.stop();
    const flags = { ovsdb: `unix:${host.dbSocket}`, libvirt: 'none' };
    const config = { ...loadConfig({ env: {}, defaultFile: '/nowhere', flags }), openflow: host.rundir };
    const lines: string[] = [];
    expect(await flush(config, (line) => lines.push(line))).to.equal(0);
    const cutOff = lines.filter((line) => line.includes('stays cut off'));
    expect(cutOff).to.have.length(1);
    expect(cutOff[0]).to.contain('port g1 stays cut off').and.to.contain("'ovs-vsctl clear Port g1 vlan_mode trunks'");
    expect(await host.vsctl('get', 'Port', 'g1', 'trunks')).to.equal('[4095]');
    await host.vsctl('clear', 'Port', 'g1', 'vlan_mode', 'trunks');
    expect(await host.vsctl('get', 'Port', 'g1', 'trunks', 'vlan_mode', 'protected', 'external_ids')).to.equal(
      await host.vsctl('get', 'Port', 'g2', 'trunks', 'vlan_mode', 'protected', 'external_ids'),
    );
  });
});

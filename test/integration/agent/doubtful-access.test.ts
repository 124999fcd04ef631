import { expect } from 'chai';
import { join } from 'node:path';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { AgentOn, type AgentOnOptions } from '../../support/agent-on.ts';
import { offences, PVLAN_2102 } from '../../support/duo.ts';

describe('a guest without a portgroup on an access port of the primary VLAN', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let agent: AgentOn;

  beforeEach(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge();
  });

  afterEach(async () => {
    await agent.stop();
    await lab.close();
  });

  const start = async (options: AgentOnOptions): Promise<void> => {
    agent = await AgentOn.start(host, { ...options, config: { pvlans: [PVLAN_2102], ...options.config } });
  };

  it('reaches nobody while nothing tells its portgroup, even where unknown guests are to be open', async () => {
    const guest = await host.plug({ name: 'g1', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' });
    const unknown = await host.plug({ name: 'u1', mac: '02:00:00:00:00:02', tag: 2102 });
    const nowhere = join(host.folder, 'no-libvirt');
    await start({
      libvirt: { stateDir: nowhere, configDir: nowhere, virsh: false },
      config: { unresolved: 'open' },
    });
    await agent.reached('installed', 'g1');
    await agent.reached('quarantined', 'u1');
    expect(agent.alarms.join()).to.contain('port u1').and.contain('give it a portgroup');
    expect(await offences(lab, [guest, unknown], () => false)).to.equal('');
  });

  it("reaches nobody on a row that a crash left of another NIC, until it is said that the VLAN is the guest's", async () => {
    const guest = await host.plug({ name: 'g1', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' });
    const marks = { 'pvlan-installed': 'true', 'pvlan-nic': 'another', 'pvlan-role': 'promiscuous' };
    const ids = { ...marks, 'pvlan-primary': '2102' };
    const heir = await host.plug({ name: 'h1', mac: '02:00:00:00:00:02', tag: 2102, interfaceExternalIds: ids });
    await start({});
    await agent.reached('installed', 'g1');
    await agent.reached('quarantined', 'h1');
    expect(await offences(lab, [guest, heir], () => false)).to.equal('');
    await host.vsctl('remove', 'Interface', 'h1', 'external_ids', 'pvlan-nic');
    await agent.reached('installed', 'h1');
    expect(await offences(lab, [guest, heir], () => true)).to.equal('');
  });
});

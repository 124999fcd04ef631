import { expect } from 'chai';
import { GUEST_NAMESPACE } from '../../../src/observe/guest-metadata.ts';
import type { PortStatus } from '../../../src/bridge/report/status.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';
import { fixture, interfaceIdOf, portFileOf, STATUS, VM } from '../../unit/libvirt/moments.ts';
import { Tree } from '../../unit/libvirt/tree.ts';

const MAC = '52:54:00:00:00:01';
const MOMENT = '9.0/running';
const PIN = '10.0.0.1';

describe('a guest whose files of libvirt are lost', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let tree: Tree;
  let agent: AgentOn;

  const start = async (unresolved: 'open' | 'quarantine'): Promise<void> => {
    const libvirt = { stateDir: tree.path('state'), configDir: tree.path('config'), virsh: false } as const;
    agent = await AgentOn.start(host, { libvirt, config: { pvlans: [PVLAN_2102], unresolved } });
  };
  const port = (name: string): PortStatus | undefined =>
    agent.agent
      .status()
      .bridges.flatMap(({ ports }) => ports)
      .find((one) => one.name === name);
  const parking = (): Promise<string> => host.vsctl('get', 'Port', 'g1', 'trunks', 'protected');
  const marks = (): Promise<string> => host.vsctl('get', 'Interface', 'g1', 'external_ids');
  const flows = (): Promise<string> => host.ofctl('dump-flows', 'br0');
  const pinnedStatus = (): string => {
    const nic = `<p:nic mac='${MAC}'><p:address>${PIN}</p:address></p:nic>`;
    const guest = `<p:guest xmlns:p='${GUEST_NAMESPACE}'>${nic}</p:guest></metadata>`;
    return fixture(MOMENT, STATUS).toString().replace('</metadata>', guest);
  };

  beforeEach(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge('br0');
    tree = await Tree.create(MOMENT);
    await tree.put(STATUS, pinnedStatus());
    await host.plug({ name: 'g1', mac: MAC, ifaceId: interfaceIdOf(MOMENT, MAC), vmId: VM });
  });

  afterEach(async () => {
    await agent.stop();
    await tree.close();
    await lab.close();
  });

  it('stays closed though unknown ports are to be open, for every agent to come, and is back with the files', async () => {
    await start('open');
    await host.plug({ name: 'g2', mac: '52:54:00:00:00:99' });
    await agent.reached('installed', 'g1');
    // Nobody ever knew a role of this one.
    await agent.reached('released', 'g2');
    expect(port('g1')).to.include({ source: 'network-port', sourceFile: tree.path(portFileOf(MOMENT, MAC)) });
    await tree.remove('state');
    await tree.remove('config/qemu/web1.xml');
    await agent.reached('quarantined', 'g1');
    await until('its mark to be gone', async () => !(await marks()).includes('pvlan-installed'));
    expect(await marks(), 'the role it had').to.contain('pvlan-role=isolated');
    expect(await parking()).to.equal('[4095]\ntrue');
    await agent.stop();
    await start('open');
    await agent.reached('quarantined', 'g1');
    await agent.reached('released', 'g2');
    expect(await parking()).to.equal('[4095]\ntrue');
    await tree.become(MOMENT);
    await agent.reached('installed', 'g1');
  });

  it('stays closed while its status, which pins its addresses, cannot be understood', async () => {
    await start('quarantine');
    await agent.reached('installed', 'g1');
    expect(await flows()).to.contain(PIN);
    await tree.put(STATUS, pinnedStatus().slice(0, 500));
    await agent.reached('quarantined', 'g1');
    expect(port('g1')?.quarantine).to.include({ code: 'guest-facts', alarm: true });
    expect(port('g1')?.quarantine?.message).to.contain(tree.path(STATUS));
    await tree.put(STATUS, pinnedStatus());
    await agent.reached('installed', 'g1');
    expect(await flows()).to.contain(PIN);
  });

  it('stays pinned while its status is gone, and closed for an agent that starts meanwhile', async () => {
    await start('quarantine');
    await agent.reached('installed', 'g1');
    await tree.remove(STATUS);
    await until('the agent to see that', () => agent.agent.status().settled && port('g1')?.state === 'installed');
    expect(await flows()).to.contain(PIN);
    await agent.stop();
    await start('quarantine');
    await agent.reached('quarantined', 'g1');
    expect(port('g1')?.quarantine?.code).to.equal('guest-facts');
    await tree.put(STATUS, pinnedStatus());
    await agent.reached('installed', 'g1');
    expect(await flows()).to.contain(PIN);
  });
});

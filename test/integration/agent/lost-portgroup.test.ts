import { expect } from 'chai';
import type { PortStatus } from '../../../src/bridge/report/status.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';
import { fixture, interfaceIdOf, STATUS, VM } from '../../unit/libvirt/moments.ts';
import { Tree } from '../../unit/libvirt/tree.ts';

const MAC = '52:54:00:00:00:01';
const MOMENT = '12.8/linked';
const DEFINITION = 'config/qemu/web1.xml';

describe('a guest whose NIC loses its portgroup while it runs', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let tree: Tree;
  let agent: AgentOn;

  const start = async (): Promise<void> => {
    const libvirt = { stateDir: tree.path('state'), configDir: tree.path('config'), virsh: false } as const;
    agent = await AgentOn.start(host, { libvirt, config: { pvlans: [PVLAN_2102] } });
  };
  const port = (): PortStatus | undefined =>
    agent.agent
      .status()
      .bridges.flatMap(({ ports }) => ports)
      .find(({ name }) => name === 'g1');
  const alarms = (): string => JSON.stringify(agent.agent.status().alarms);
  const row = async (): Promise<string> =>
    (await host.vsctl('get', 'Port', 'g1', 'vlan_mode', 'trunks', 'protected')).replaceAll('\n', ' ');
  const marks = (): Promise<string> => host.vsctl('get', 'Interface', 'g1', 'external_ids');

  /** The live status with this `<source>` of the NIC; `bridge`: as `domif-setlink` leaves it. */
  const runsOn = (source: string): Promise<void> => {
    const type = source.includes('network=') ? 'network' : 'bridge';
    const nic = new RegExp(`<interface type='bridge'>(\\s*<mac address='${MAC}'/>\\s*)<source bridge='br0'/>`);
    const text = fixture(MOMENT, STATUS).toString();
    return tree.put(STATUS, text.replace(nic, `<interface type='${type}'>$1<source ${source}/>`));
  };
  const plugged = (): Promise<void> => runsOn("network='ovs' portgroup='isolated-2102'");
  const linked = (): Promise<void> => runsOn("bridge='br0'");
  const isKept = async (by: string): Promise<void> => {
    await until(`the role kept ${by}`, () => port()?.source?.includes(by) === true && alarms().includes('port g1'));
    await agent.reached('installed', 'g1');
    await until(
      'the marks',
      async () =>
        (await marks()).includes('pvlan-installed="true"') || (await marks()).includes('pvlan-installed=true'),
    );
    expect(await row()).to.equal('trunk [4095] true');
    expect(port()).to.include({ role: 'isolated-2102' });
  };

  beforeEach(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge('br0');
    tree = await Tree.create(MOMENT);
    await plugged();
    await host.plug({ name: 'g1', mac: MAC, ifaceId: interfaceIdOf(MOMENT, MAC), vmId: VM });
    await start();
    await agent.reached('installed', 'g1');
  });

  afterEach(async () => {
    await agent.stop();
    await tree.close();
    await lab.close();
  });

  it('keeps its role with an alarm, for every agent to come, whatever becomes of the definition, until it has it again', async () => {
    const flows = await host.ofctl('--no-stats', 'dump-flows', 'br0');
    await linked();
    await isKept('by its marks');
    await tree.remove(DEFINITION);
    await agent.stop();
    await start();
    await isKept('by its marks');
    expect(await host.ofctl('--no-stats', 'dump-flows', 'br0')).to.equal(flows);
    await plugged();
    await until('no alarm', () => !alarms().includes('port g1'));
    expect(port()).to.include({ state: 'installed', source: 'domain-status' });
  });

  it('keeps it though it was closed for a while in between', async () => {
    await tree.put(STATUS, 'no XML');
    await agent.reached('quarantined', 'g1');
    await until('its mark to be gone', async () => !(await marks()).includes('pvlan-installed'));
    await agent.stop();
    await linked();
    await tree.remove(DEFINITION);
    await start();
    await isKept('by its marks');
  });

  it('has the role of its definition at a new port, as after managed save or a migration', async () => {
    await agent.stop();
    await host.vsctl('del-port', 'g1');
    await linked();
    await host.vsctl('add-port', 'br0', 'g1', '--', 'set', 'Interface', 'g1', 'type=internal');
    const ids = { 'iface-id': interfaceIdOf(MOMENT, MAC), 'attached-mac': `"${MAC}"`, 'vm-id': VM };
    await host.vsctl(
      'set',
      'Interface',
      'g1',
      ...Object.entries(ids).map(([key, value]) => `external_ids:${key}=${value}`),
    );
    await start();
    await isKept('by its definition');
  });

  it('is let go by a portgroup that is none of a Private VLAN, and by who takes the mark away', async () => {
    await linked();
    await isKept('by its marks');
    await runsOn("network='ovs' portgroup='lan'");
    await agent.reached('released', 'g1');
    expect(await row()).to.equal('[] [] false');
    await plugged();
    await agent.reached('installed', 'g1');
    await linked();
    await tree.remove(DEFINITION);
    await isKept('by its marks');
    await host.vsctl('remove', 'Interface', 'g1', 'external_ids', 'pvlan-role');
    await agent.reached('released', 'g1');
    expect(await marks()).to.not.contain('pvlan');
  });
});

import { expect } from 'chai';
import type { Alarm } from '../../../src/alarm/alarm.ts';
import type { PortStatus } from '../../../src/bridge/report/status.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';
import { fixture, interfaceIdOf, STATUS, VM } from '../../unit/libvirt/moments.ts';
import { Tree } from '../../unit/libvirt/tree.ts';

const MAC = '52:54:00:00:00:01';
const MOMENT = '9.0/running';
const MARKS = { 'pvlan-installed': 'true', 'pvlan-role': 'isolated', 'pvlan-primary': '2102' };

describe('the row of a guest that a crash left behind, when the guest is back', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let tree: Tree;
  let agent: AgentOn | undefined;
  const nic = interfaceIdOf(MOMENT, MAC);

  const start = async (): Promise<AgentOn> => {
    const libvirt = { stateDir: tree.path('state'), configDir: tree.path('config'), virsh: false } as const;
    agent = await AgentOn.start(host, { libvirt, config: { pvlans: [PVLAN_2102] } });
    return agent;
  };
  const status = (name: string): PortStatus | undefined =>
    agent?.agent
      .status()
      .bridges.flatMap(({ ports }) => ports)
      .find((port) => port.name === name);
  const alarms = (): readonly Alarm[] => agent?.agent.status().alarms ?? [];

  /** A port of the NIC, in one transaction; of `type` internal it has a number whatever becomes of its guest, of none it has no device. */
  async function row(name: string, type: 'internal' | '', ids: Readonly<Record<string, string>> = {}): Promise<void> {
    const external = { 'iface-id': nic, 'attached-mac': MAC, 'vm-id': VM, ...ids };
    const columns = Object.entries(external).map(([key, value]) => `external_ids:${key}="${value}"`);
    const kind = type === '' ? [] : [`type=${type}`];
    const port = ['set', 'Port', name, 'vlan_mode=trunk', 'trunks=4095'];
    await host.vsctl(
      '--no-wait',
      'add-port',
      'br0',
      name,
      '--',
      'set',
      'Interface',
      name,
      ...kind,
      ...columns,
      '--',
      ...port,
    );
    const numbered = async (): Promise<boolean> => (await host.vsctl('get', 'Interface', name, 'ofport')) !== '[]';
    await until(`ovs-vswitchd to have looked at ${name}`, numbered);
  }

  /** libvirt's live status says that the NIC is plugged in by this device. */
  async function livesAt(device: string): Promise<void> {
    const target = new RegExp(`('${MAC}'[^]*?<target dev=')[^']+`);
    await tree.put(STATUS, fixture(MOMENT, STATUS).toString().replace(target, `$1${device}`));
  }

  beforeEach(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge('br0');
    tree = await Tree.create(MOMENT);
  });

  afterEach(async () => {
    await agent?.stop();
    agent = undefined;
    await tree.close();
    await lab.close();
  });

  it('is closed with the cause and the remedy where ovs-vswitchd cannot add it, and the guest is served', async () => {
    await row('dead', '', { ...MARKS, 'pvlan-nic': nic });
    await row('back', 'internal');
    await livesAt('back');
    const running = await start();
    await running.reached('installed', 'back');
    await running.reached('quarantined', 'dead');
    expect(status('dead')?.quarantine).to.include({ code: 'port-failed', alarm: true });
    expect(alarms()).to.have.length(1);
    expect(alarms()[0]).to.include({ code: 'port-failed', port: 'dead' });
    expect(alarms()[0]?.message).to.contain('could not open network device dead');
    expect(alarms()[0]?.remedy).to.contain("'ovs-vsctl del-port dead'");
    await host.vsctl('del-port', 'dead');
    await until('no alarm', () => alarms().length === 0);
    expect(status('back')?.state).to.equal('installed');
  });

  it('is closed, not the guest, where it keeps its number and libvirt names the port of the NIC', async () => {
    await row('dead', 'internal', { ...MARKS, 'pvlan-nic': nic });
    await row('back', 'internal');
    await livesAt('back');
    const running = await start();
    await running.reached('installed', 'back');
    await running.reached('quarantined', 'dead');
    expect(alarms()).to.have.length(1);
    expect(alarms()[0]).to.include({ code: 'duplicate-mac', port: 'dead' });
    expect(alarms()[0]?.remedy).to.contain("'ovs-vsctl del-port dead'");
    await host.vsctl('del-port', 'dead');
    await until('no alarm', () => alarms().length === 0);
  });

  it('is closed, not the guest, though the guest came back with another interfaceid, and the row has its profile', async () => {
    const profile = { 'port-profile': 'isolated-2102' };
    await row('dead', 'internal', { ...MARKS, ...profile, 'iface-id': 'before', 'pvlan-nic': 'before' });
    await row('back', 'internal', profile);
    await livesAt('back');
    const running = await start();
    await running.reached('installed', 'back');
    await running.reached('quarantined', 'dead');
    expect(status('dead')?.quarantine?.message).to.contain('back');
  });

  it('is told by the remedy alone while libvirt names no port', async () => {
    await row('dead', 'internal', { ...MARKS, 'pvlan-nic': nic });
    await row('back', 'internal');
    await tree.put(
      STATUS,
      fixture(MOMENT, STATUS)
        .toString()
        .replaceAll(/<target dev='[^']*'\/>/g, ''),
    );
    const running = await start();
    await running.reached('installed', 'dead');
    await running.reached('quarantined', 'back');
    expect(alarms()[0]?.remedy).to.contain('ovs-vsctl del-port');
    await livesAt('back');
    await running.reached('installed', 'back');
    await running.reached('quarantined', 'dead');
  });
});

import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { doctor } from '../../../src/cli/doctor/doctor.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/config.ts';
import { controlServer } from '../../../src/control/control-server.ts';
import { listen, stop } from '../../../src/control/unix-socket.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';

interface Broken {
  readonly name: string;
  readonly breaks: () => Promise<unknown>;
  /** What the line of the finding says. */
  readonly says: RegExp;
  /** What the line's remedy asks for, carried out. */
  readonly mends: () => Promise<unknown>;
  readonly config?: () => Partial<Config>;
  readonly mended?: () => Partial<Config>;
}

describe('the doctor', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let agent: AgentOn;
  let control: ReturnType<typeof controlServer>;

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await lab.upstream([host]);
    await host.plug({ name: 'g1', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' });
    agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
    await agent.reached('installed', 'g1');
    control = controlServer(() => agent.agent.status());
    await listen(control, join(host.folder, 'control.sock'));
  });

  after(async () => {
    await stop(control);
    await agent.stop();
    await lab.close();
  });

  const config = (more: Partial<Config> = {}): Config => ({
    ...loadConfig({
      env: {},
      defaultFile: join(host.folder, 'none'),
      flags: { ovsdb: `unix:${host.dbSocket}`, libvirt: 'none', control: join(host.folder, 'control.sock') },
    }),
    pvlans: [PVLAN_2102],
    ...more,
  });
  const told = async (
    more: Partial<Config> = {},
    json = false,
  ): Promise<{ readonly code: number; readonly text: string }> => {
    let text = '';
    const code = await doctor(config(more), { json }, (part) => (text += `${part}\n`));
    return { code, text };
  };
  const vsctl = (...args: string[]) => host.vsctl(...args);
  const nothing = (): Promise<void> => Promise.resolve();

  it('finds a good host good, and says what it could not look at', async () => {
    const { code, text } = await told();
    expect(text, text).not.to.contain('FAIL');
    expect(code).to.equal(0);
    expect(text).to.contain('skip the configuration says that there is no libvirt');
  });

  it('prints JSON of the shape that is written down', async () => {
    const schema = JSON.parse(
      await readFile(join(import.meta.dirname, '../../../schemas/doctor.schema.json'), 'utf8'),
    ) as object;
    const check = new Ajv2020({ allErrors: true }).compile(schema);
    check(JSON.parse((await told({}, true)).text));
    expect(check.errors ?? []).to.deep.equal([]);
  });

  const FOREIGN = 'table=0,priority=60000,in_port=g1';
  const broken: readonly Broken[] = [
    {
      name: 'a router that nobody has told of',
      breaks: nothing,
      config: () => ({ pvlans: [{ ...PVLAN_2102, promiscuousMacs: [] }] }),
      says: /FAIL VLAN 2102 knows no router.* → .*promiscuousMacs/,
      mends: nothing,
      mended: () => ({}),
    },
    {
      name: 'a bridge that does not exist',
      breaks: nothing,
      config: () => ({ bridges: ['br0', 'br7'] }),
      says: /FAIL .*br7.* → correct the name, or make the bridge with 'ovs-vsctl add-br br7'/,
      mends: () => vsctl('add-br', 'br7', '--', 'set', 'bridge', 'br7', 'datapath_type=netdev'),
    },
    {
      name: 'more than one tag looked at',
      breaks: () => vsctl('set', 'Open_vSwitch', '.', 'other_config:vlan-limit=2'),
      says: /FAIL .*vlan-limit is 2.* → run 'ovs-vsctl remove Open_vSwitch \. other_config vlan-limit'/,
      mends: () => vsctl('remove', 'Open_vSwitch', '.', 'other_config', 'vlan-limit'),
    },
    {
      name: 'a controller whose absence opens the bridge',
      breaks: () => vsctl('set-controller', 'br0', 'tcp:192.0.2.1:6653'),
      says: /FAIL .*fails-open.* → .*set-fail-mode br0 secure/,
      mends: () => vsctl('set-fail-mode', 'br0', 'secure'),
    },
    {
      name: 'a VLAN in which nothing is learned',
      breaks: () => vsctl('set', 'Bridge', 'br0', 'flood_vlans=2102'),
      says: /FAIL .*flood-vlan.* → run 'ovs-vsctl remove Bridge br0 flood_vlans 2102'/,
      mends: () => vsctl('remove', 'Bridge', 'br0', 'flood_vlans', '2102'),
    },
    {
      name: 'an uplink that is protected',
      breaks: () => vsctl('set', 'Port', 'up0', 'protected=true'),
      says: /FAIL .*protected-uplink.* → run 'ovs-vsctl set Port up0 protected=false'/,
      mends: () => vsctl('set', 'Port', 'up0', 'protected=false'),
    },
    {
      name: 'multicast flooded to a guest',
      breaks: () => vsctl('set', 'Port', 'g1', 'other_config:mcast-snooping-flood=true'),
      says: /FAIL .*multicast-flood.* → run 'ovs-vsctl remove Port g1 other_config mcast-snooping-flood'/,
      mends: () => vsctl('remove', 'Port', 'g1', 'other_config', 'mcast-snooping-flood'),
    },
    {
      name: 'a guest in the spanning tree',
      breaks: () => vsctl('set', 'Bridge', 'br0', 'rstp_enable=true'),
      says: /FAIL .*spanning-tree.* → .*'ovs-vsctl set Bridge br0 rstp_enable=false'/,
      mends: () => vsctl('set', 'Bridge', 'br0', 'rstp_enable=false'),
    },
    {
      name: 'two guests with one address',
      breaks: () => host.plug({ name: 'twin', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' }),
      says: /FAIL .*is closed: .*duplicate-mac.* → give one of them another address/,
      mends: () => vsctl('set', 'Interface', 'twin', 'external_ids:attached-mac="02:00:00:00:00:55"'),
    },
    {
      name: 'a portgroup that almost follows the convention',
      breaks: () => host.plug({ name: 'odd', mac: '02:00:00:00:00:56', portProfile: 'isolatd-2102' }),
      says: /FAIL .*port odd is closed: .*invalid-portgroup.* → /,
      mends: () => vsctl('set', 'Interface', 'odd', 'external_ids:port-profile=isolated-2102'),
    },
    {
      name: 'a guest without an address',
      breaks: () => vsctl('remove', 'Interface', 'odd', 'external_ids', 'attached-mac'),
      says: /FAIL .*port odd is closed: .*half-known.* → /,
      mends: () => vsctl('set', 'Interface', 'odd', 'external_ids:attached-mac="02:00:00:00:00:56"'),
    },
    {
      name: 'a foreign flow in the way',
      breaks: () => host.ofctl('add-flow', 'br0', `${FOREIGN},actions=NORMAL`),
      says: /FAIL bridge br0: a foreign flow comes before .* → lower its priority/,
      mends: () => host.ofctl('--strict', 'del-flows', 'br0', FOREIGN),
    },
    {
      name: 'no agent',
      breaks: nothing,
      config: () => ({ control: join(host.folder, 'elsewhere.sock') }),
      says: /FAIL no agent answers .* → start the agent/,
      mends: nothing,
      mended: () => ({}),
    },
    {
      name: 'libvirt without its folders',
      breaks: nothing,
      config: () => {
        const folder = join(host.folder, 'nowhere');
        return { libvirt: { stateDir: folder, configDir: join(folder, 'etc'), virshUri: undefined } };
      },
      says: /FAIL .*libvirt.* → /,
      mends: () => mkdir(join(host.folder, 'nowhere', 'etc'), { recursive: true }),
      mended: () => ({}),
    },
    {
      name: 'a bridge without its OpenFlow socket',
      breaks: () => rename(join(host.rundir, 'br0.mgmt'), join(host.rundir, 'br0.away')),
      says: /FAIL bridge br0: .*br0\.mgmt.* → start ovs-vswitchd/,
      mends: () => rename(join(host.rundir, 'br0.away'), join(host.rundir, 'br0.mgmt')),
    },
    {
      name: 'OVSDB under another name',
      breaks: nothing,
      config: () => ({ ovsdb: [`unix:${join(host.folder, 'no.sock')}`] }),
      says: /FAIL .*no\.sock.* → start what is missing/,
      mends: nothing,
      mended: () => ({}),
    },
  ];

  for (const { name, breaks, says, mends, config: wrong, mended } of broken) {
    it(`names ${name}, and finds the host good once its remedy was carried out`, async () => {
      await breaks();
      const found = await told(wrong?.());
      expect(found.text).to.match(says);
      expect(found.code).to.equal(9);
      await mends();
      const after = await told((mended ?? wrong)?.());
      expect(after.text).not.to.match(says);
      expect(after.text, after.text).not.to.contain('FAIL');
      expect(after.code).to.equal(0);
    });
  }
});

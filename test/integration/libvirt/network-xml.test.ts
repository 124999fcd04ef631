import { expect } from 'chai';
import { join } from 'node:path';
import { ExitCode } from '../../../src/cli/exit-code.ts';
import { checkHostNetworks, printNetworkXml } from '../../../src/cli/networks.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { Guest } from '../../lab/guest.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { networkXml } from '../../lab/libvirt-xml.ts';
import { portOf } from '../../lifecycle/newborn.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { BirthRecord } from './birth-record.ts';

const NICS = {
  named: '52:54:00:00:00:01',
  byDefault: '52:54:00:00:00:02',
  router: '52:54:00:00:00:03',
  hotplugged: '52:54:00:00:00:04',
};

function printed(options: Record<string, unknown>): string {
  const lines: string[] = [];
  printNetworkXml(options, (text) => lines.push(text));
  return lines.join('\n');
}

describe('a network as network-xml prints it, in a real libvirt', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let guest: Guest;

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge('br0');
    const libvirt = await host.startLibvirt();
    const xml = printed({ name: 'lan', bridge: 'br0', primary: '2102', community: ['web'], default: 'isolated' });
    await libvirt.defineNetwork(xml);
    guest = new Guest(host, {
      name: 'web1',
      nics: [
        { network: 'lan', portgroup: 'community-2102-web', mac: NICS.named },
        { network: 'lan', mac: NICS.byDefault },
        { network: 'lan', portgroup: 'promisc-2102', mac: NICS.router },
      ],
    });
  });

  after(async () => {
    await lab.close();
  });

  async function check(): Promise<{ readonly code: number; readonly text: string }> {
    const { stateDir, configDir } = host.libvirt;
    const config = loadConfig({
      env: {},
      defaultFile: join(host.folder, 'no-such-file'),
      flags: { libvirtStateDir: stateDir, libvirtConfigDir: configDir },
    });
    const lines: string[] = [];
    const code = await checkHostNetworks(config, (text) => lines.push(text));
    return { code, text: lines.join('\n') };
  }

  it('has the ports of guests born parked and named, in the transaction that makes them, plugged or hotplugged', async () => {
    const record = await BirthRecord.on(host);
    try {
      await guest.launch();
      const [hotplugged] = [{ network: 'lan', portgroup: 'isolated-2102', mac: NICS.hotplugged }];
      await guest.attachNic(`<interface type='network'><mac address='${hotplugged.mac}'/><source network='lan'
        portgroup='${hotplugged.portgroup}'/><model type='virtio'/><rom enabled='no'/></interface>`);
      const parked = { trunks: [4095], tag: [], mode: 'trunk' };
      expect(await record.of(NICS.named)).to.deep.equal({ ...parked, profile: 'community-2102-web' });
      expect(await record.of(NICS.byDefault)).to.deep.equal({ ...parked, profile: 'isolated-2102' });
      expect(await record.of(NICS.hotplugged)).to.deep.equal({ ...parked, profile: 'isolated-2102' });
      expect(await record.of(NICS.router)).to.deep.equal({
        trunks: [],
        tag: [2102],
        mode: 'access',
        profile: 'promisc-2102',
      });
    } finally {
      await record.close();
    }
  });

  it('needs nothing of libvirt for the agent to find the roles', async () => {
    const agent = await AgentOn.start(host);
    try {
      const ports = await Promise.all(Object.values(NICS).map((mac) => portOf(host, mac)));
      await agent.reached('installed', ...ports);
      const status = agent.agent.status().bridges.flatMap((bridge) => bridge.ports);
      const told = ports.map((name) => status.find((port) => port.name === name));
      expect(told.map((port) => `${port?.role ?? ''} by ${port?.source ?? ''}`)).to.deep.equal([
        ...['community-2102-web', 'isolated-2102', 'promisc-2102', 'isolated-2102'].map(
          (role) => `${role} by port-profile`,
        ),
      ]);
    } finally {
      await agent.stop();
    }
  });

  it('passes network-xml --check, which says what a NIC gets that names no portgroup', async () => {
    const { code, text } = await check();
    expect(text).to.match(/lan +isolated-2102 +isolated-2102 +ok/);
    expect(text).to.match(/lan +promisc-2102 +promisc-2102 +ok/);
    expect(text).to.include('network lan: a NIC that names no portgroup gets isolated-2102');
    expect(code).to.equal(ExitCode.OK);
  });

  it('does not, beside networks whose guests are born open or elsewhere', async () => {
    const { libvirt } = host;
    await libvirt.defineNetwork(networkXml('old', { portgroups: [{ name: 'isolated-2102', isDefault: true }] }));
    await libvirt.defineNetwork(
      `<network><name>flat</name><forward mode='bridge'/><bridge name='br0'/><portgroup name='promisc-2102'/></network>`,
    );
    const { code, text } = await check();
    expect(code).to.equal(ExitCode.UNHEALTHY);
    expect(text).to.match(/old +isolated-2102 +isolated-2102 +not born parked/);
    expect(text).to.match(/flat +promisc-2102 +promisc-2102 +no virtualport.*; no VLAN.*; no profileid/);
    expect(text).to.include('network flat: a NIC that names no portgroup gets none');
    // A network that does not run is looked at as well: its guests are still to come.
    await libvirt.virsh('net-destroy', 'old');
    expect((await check()).text).to.match(/old +isolated-2102 +isolated-2102 +not born parked/);
  });
});

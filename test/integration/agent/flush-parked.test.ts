import { expect } from 'chai';
import { loadConfig } from '../../../src/config/load.ts';
import { flush } from '../../../src/cli/flush.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { experimental } from '../../lab/frames.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { Prober } from '../../lab/probe.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';

describe('flush, of a guest whose port was born parked', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  /** `g1` was born parked, as an isolated guest; `g2`'s port is of a bare portgroup. */
  let guests: readonly Endpoint[];
  let router: Endpoint;

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge('br0');
    router = await host.plug({ name: 'router', mac: '02:00:00:00:ff:09', ifaceId: false });
    guests = [
      await host.plug({ name: 'g1', mac: '02:00:00:00:01:01', portProfile: 'isolated-2102', bornParked: true }),
      await host.plug({ name: 'g2', mac: '02:00:00:00:01:02', portProfile: 'isolated-2102' }),
    ];
  });

  after(() => lab.close());

  /** Flushes, and returns the exit code and the lines printed. */
  const flushNow = async (
    openParked: boolean,
  ): Promise<{ readonly code: number; readonly lines: readonly string[] }> => {
    const flags = { ovsdb: `unix:${host.dbSocket}`, libvirt: 'none' };
    const config = { ...loadConfig({ env: {}, defaultFile: '/nowhere', flags }), openflow: host.rundir };
    const lines: string[] = [];
    const code = await flush(config, { openParked }, (line) => lines.push(line));
    // ovs-vsctl waits until ovs-vswitchd has put the database into effect.
    await host.vsctl('set', 'Bridge', 'br0', `external_ids:flushed=${openParked}`);
    return { code, lines };
  };

  /** Flushes once an agent has served both guests and ended. */
  const flushed = async (openParked: boolean): Promise<readonly string[]> => {
    const agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
    await agent.reached('installed', 'g1', 'g2');
    await agent.stop();
    const { code, lines } = await flushNow(openParked);
    expect(code).to.equal(0);
    return lines;
  };

  /** The guests whose frames come out at the router. */
  const served = async (): Promise<readonly string[]> => {
    const frames = guests.map((from) => ({ from, frame: experimental(router.mac, from.mac) }));
    const deliveries = await new Prober(lab.hosts).send(frames);
    return deliveries.filter(({ receiver }) => receiver === router).map(({ probe }) => probe.from.name);
  };

  const row = (port: string): Promise<string> =>
    host.vsctl('get', 'Port', port, 'trunks', 'vlan_mode', 'protected', 'external_ids');

  it('names the port that stays cut off and what opens it, and counts only the other as restored', async () => {
    const lines = await flushed(false);
    expect(lines[0]).to.match(/^bridge br0: \d+ flows removed, g2 restored$/);
    expect(lines[1]).to.contain('port g1 stays cut off').and.to.contain("'ovs-vsctl clear Port g1 vlan_mode trunks'");
    expect(lines[2]).to.contain("'pvlan-agent flush --open-parked'");
    expect(lines).to.have.length(3);
    expect(await host.vsctl('get', 'Port', 'g1', 'trunks')).to.equal('[4095]');
    expect(await served()).to.deep.equal(['g2']);
  });

  it('opens it by the command that it names', async () => {
    await host.vsctl('clear', 'Port', 'g1', 'vlan_mode', 'trunks');
    expect(await row('g1')).to.equal(await row('g2'));
    expect(await served()).to.have.members(['g1', 'g2']);
    await host.vsctl('set', 'Port', 'g1', 'trunks=4095');
  });

  it('opens it with --open-parked, and leaves nothing of the agent there', async () => {
    const lines = await flushed(true);
    expect(lines[0]).to.match(/^bridge br0: \d+ flows removed, g2 restored$/);
    expect(lines.slice(1)).to.deep.equal(['bridge br0: g1 opened, though created as a trunk of VLAN 4095 alone']);
    expect(await row('g1')).to.equal(await row('g2'));
    expect(await served()).to.have.members(['g1', 'g2']);
  });

  it('opens with --open-parked what an earlier flush left closed, and takes a tag that is there for its VLAN', async () => {
    await host.vsctl('set', 'Port', 'g1', 'trunks=4095', 'vlan_mode=trunk', 'tag=7');
    expect(await flushNow(true)).to.include({ code: 0 });
    expect(await host.vsctl('get', 'Port', 'g1', 'trunks', 'vlan_mode', 'tag')).to.equal('[]\n[]\n7');
  });

  it('neither opens nor calls born parked a port of which nobody knows what it was', async () => {
    await host.vsctl('set', 'Port', 'g1', 'trunks=4095', 'vlan_mode=trunk', 'external_ids:pvlan-saved=lost');
    const { code, lines } = await flushNow(true);
    expect(code).not.to.equal(0);
    expect(lines.join('\n')).to.contain('port g1: its Port row').and.not.to.contain('g1 opened');
    expect(await host.vsctl('get', 'Port', 'g1', 'trunks')).to.equal('[4095]');
  });
});

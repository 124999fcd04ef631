import { expect } from 'chai';
import { explain as explainCommand } from '../../../src/cli/explain.ts';
import type { Config } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';

describe('pvlan-agent explain between two Private VLANs', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let config: Config;

  const explain = async (from: string, to: string): Promise<string> => {
    let text = '';
    await explainCommand(config, from, to, (printed) => {
      text = printed;
    });
    return text;
  };

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await lab.upstream([host]);
    const flags = { ovsdb: `unix:${host.dbSocket}`, openflow: host.rundir, libvirt: 'none' };
    config = { ...loadConfig({ env: {}, defaultFile: '/nowhere', flags }), pvlans: [PVLAN_2102] };
    const plug = async (name: string, number: number, portProfile: string, trunks: readonly number[] = []) =>
      host.plug({ name, mac: `02:00:00:00:00:0${number}`, portProfile, trunks });
    await plug('g2', 1, 'isolated-2102');
    await plug('g3', 2, 'isolated-2103');
    await plug('c2', 3, 'community-2102-web');
    await plug('c3', 4, 'community-2103-web');
    await plug('r2', 5, 'promisc-2102');
    await plug('rt', 6, 'promisc-2102', [2102, 2103]);
    await host.plug({ name: 'out', mac: '02:00:00:00:00:07', portProfile: 'lan', tag: 7 });
    await plug('q1', 8, 'isolated2102');
    const agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
    await agent.reached('installed', 'g2', 'g3', 'c2', 'c3', 'r2', 'rt');
    await until('the agent to settle', () => agent.agent.status().settled);
    await agent.stop();
  });

  after(async () => {
    await lab.close();
  });

  const ENDS = 'a Private VLAN ends with its VLAN: the sender is in';
  for (const [from, to] of [
    ['g2', 'g3'],
    ['c2', 'c3'],
    ['r2', 'g3'],
  ] as const) {
    it(`names the two VLANs and not the roles: ${from} → ${to}`, async () => {
      const text = await explain(from, to);
      expect(text).to.match(new RegExp(`^rule {2}${ENDS} VLAN 2102, the receiver in VLAN 2103$`, 'm'));
      expect(text).to.match(new RegExp(`^unicast: it does not reach ${to}, as the roles ask$`, 'm'));
      expect(text).not.to.contain('RFC 5517');
    });
  }

  it('does not call it against the roles that a router of another VLAN hears nothing', async () => {
    const text = await explain('g3', 'r2');
    expect(text).to.match(new RegExp(`^rule {2}${ENDS} VLAN 2103, the receiver in VLAN 2102$`, 'm'));
    expect(text).to.match(/^unicast: it does not reach r2$/m);
    expect(text).not.to.contain('AGAINST');
  });

  it("knows that a router's trunk is in both, and asks in the VLAN where the two meet", async () => {
    const there = await explain('g3', 'rt');
    expect(there).to.match(/^rule {2}g3 may reach rt: an isolated port talks to promiscuous ports only \(RFC 5517\)$/m);
    expect(there).to.match(/^unicast: it reaches rt, as the roles ask$/m);
    const back = await explain('rt', 'c3');
    expect(back).to.match(/^rule {2}rt may reach c3: a promiscuous port talks to every port of its VLAN/m);
    expect(back).to.match(/^unicast: it reaches c3, as the roles ask$/m);
    expect(back).to.match(/ofproto\/trace br0 'in_port=\d+,dl_vlan=2103,/);
  });

  it('says so of an address elsewhere that is a router of another VLAN alone', async () => {
    const text = await explain('g3', ROUTER_MAC);
    expect(text).to.match(new RegExp(`^rule {2}${ENDS} VLAN 2103, the receiver in VLAN 2102$`, 'm'));
    expect(await explain('g2', ROUTER_MAC)).to.match(/^rule {2}g2 may reach 02:00:00:00:ff:01: an isolated port/m);
  });

  it('says which of the two is closed or outside', async () => {
    expect(await explain('out', 'g2')).to.match(/^rule {2}Private VLANs have no say: one of the two is outside/m);
    expect(await explain('g2', 'out')).to.match(/^rule {2}Private VLANs have no say: one of the two is outside/m);
    const text = await explain('out', 'q1');
    expect(text).to.match(/^rule {2}a quarantined port talks to nobody$/m);
    expect(text).to.match(/^unicast: it does not reach q1, as the roles ask$/m);
  });
});

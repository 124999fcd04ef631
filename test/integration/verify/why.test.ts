import { expect } from 'chai';
import { why as whyCommand } from '../../../src/cli/why/why.ts';
import type { Config } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';

describe('pvlan-agent why between two Private VLANs', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let config: Config;

  const why = async (from: string, to: string): Promise<string> => {
    let text = '';
    await whyCommand(config, { from, to, address: undefined, flows: true, json: false }, (printed) => {
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
      const text = await why(from, to);
      expect(text).to.match(
        new RegExp(`^${from} is KEPT FROM ${to}, because ${ENDS} VLAN 2102, the receiver in VLAN 2103\\.$`, 'm'),
      );
      expect(text).not.to.contain('RFC 5517');
    });
  }

  it('does not call it against the roles that a router of another VLAN hears nothing', async () => {
    const text = await why('g3', 'r2');
    expect(text).to.match(
      new RegExp(`^g3 does not reach r2, because ${ENDS} VLAN 2103, the receiver in VLAN 2102\\.$`, 'm'),
    );
    expect(text).not.to.contain('AGAINST');
  });

  it("knows that a router's trunk is in both, and asks in the VLAN where the two meet", async () => {
    const there = await why('g3', 'rt');
    expect(there).to.match(/^g3 REACHES rt, because the receiver is a router \(promiscuous, RFC 5517\)\.$/m);
    const back = await why('rt', 'c3');
    expect(back).to.match(/^rt REACHES c3, because the sender is a router/m);
    expect(back).to.match(/ofproto\/trace br0 'in_port=\d+,dl_vlan=2103,/);
  });

  it('says so of an address elsewhere that is a router of another VLAN alone', async () => {
    const text = await why('g3', ROUTER_MAC);
    expect(text).to.match(
      new RegExp(`^g3 goes OUT toward 02:00:00:00:ff:01, because ${ENDS} VLAN 2103, the receiver in`, 'm'),
    );
    expect(await why('g2', ROUTER_MAC)).to.match(
      /^g2 goes OUT toward 02:00:00:00:ff:01, because it is a listed router/m,
    );
  });

  it('says which of the two is closed or outside', async () => {
    expect(await why('out', 'g2')).to.match(
      /, because one of the two is outside every Private VLAN, so that the roles have no say\.$/m,
    );
    expect(await why('g2', 'out')).to.match(
      /, because one of the two is outside every Private VLAN, so that the roles have no say\.$/m,
    );
    const text = await why('out', 'q1');
    expect(text).to.match(/^out is KEPT FROM q1, because q1 is closed: /m);
  });
});

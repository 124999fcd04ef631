import { expect } from 'chai';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';

const GUEST_MAC = '02:00:00:00:00:01';

describe('a tap that says nothing of a guest', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let agent: AgentOn;

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await lab.upstream([host]);
    await host.netns.run('ip', ['tuntap', 'add', 'dev', 'vm0', 'mode', 'tap']);
    await host.netns.run('ip', ['link', 'set', 'vm0', 'up']);
    await host.addDevice('br0', 'vm0');
    await host.plug({ name: 'g1', mac: GUEST_MAC, portProfile: 'isolated-2102' });
    agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
    await agent.reached('installed', 'g1');
  });

  after(async () => {
    await agent.stop();
    await lab.close();
  });

  /** What ovs-vswitchd does with a frame of the primary VLAN from `port` to everybody. */
  const fate = async (port: string, src: string): Promise<string> => {
    const frame = `in_port=${port},dl_vlan=2102,dl_src=${src},dl_dst=ff:ff:ff:ff:ff:ff,dl_type=0x88b5`;
    const trace = await host.appctl('ofproto/trace', 'br0', frame);
    return /^Datapath actions: (.*)$/m.exec(trace)?.[1] ?? trace;
  };

  it('leads to a guest and to no other switch: it may use neither the router’s address nor a guest’s', async () => {
    expect(await fate('vm0', ROUTER_MAC)).to.equal('drop');
    expect(await fate('vm0', GUEST_MAC)).to.equal('drop');
    expect(await fate('vm0', '02:00:00:00:00:77')).not.to.equal('drop');
    expect(await fate('up0', ROUTER_MAC)).not.to.equal('drop');
  });
});

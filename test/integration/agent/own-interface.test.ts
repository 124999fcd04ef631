import { expect } from 'chai';
import type { Endpoint } from '../../lab/endpoint.ts';
import { BROADCAST, experimental, tag } from '../../lab/frames.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { Prober } from '../../lab/probe.ts';
import { AgentOn } from '../../support/agent-on.ts';

const GATEWAY = '02:00:00:00:00:09';
const NEXT_GATEWAY = '02:00:00:00:00:19';

describe("the host's own interface as a router", function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let agent: AgentOn;
  let trunk: Endpoint;
  let router: Endpoint;

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge();
    const internal = ['type=internal', `mac="${GATEWAY}"`];
    await host.vsctl('--', 'add-port', 'br0', 'gw', 'tag=2102', '--', 'set', 'Interface', 'gw', ...internal);
    router = await host.plug({ name: 'router', mac: '02:00:00:00:00:08', portProfile: 'promisc-2102' });
    trunk = await host.plug({ name: 'trunk', mac: '02:00:00:00:00:03' });
    agent = await AgentOn.start(host);
    await agent.reached('installed', 'router', 'gw');
  });

  after(async () => {
    await agent.stop();
    await lab.close();
  });

  /** Whom a frame of the trunk's under `mac` reaches in the primary VLAN. */
  const heardAs = async (mac: string): Promise<readonly string[]> => {
    const probes = [{ from: trunk, frame: tag(experimental(BROADCAST, mac), 2102) }];
    return (await new Prober(lab.hosts).send(probes)).map(({ receiver }) => receiver.name);
  };

  it('has an address that no guest outside may use in the primary VLAN', async () => {
    expect(await heardAs(GATEWAY)).to.deep.equal([]);
    expect(await heardAs(trunk.mac)).to.deep.equal([router.name]);
  });

  it('closes a guest that has its address, also when it has taken that only now', async () => {
    await host.plug({ name: 'thief', mac: GATEWAY, portProfile: 'isolated-2102' });
    await host.plug({ name: 'late', mac: NEXT_GATEWAY, portProfile: 'isolated-2102' });
    await agent.reached('quarantined', 'thief');
    await agent.reached('installed', 'late');
    await host.vsctl('set', 'Interface', 'gw', `mac="${NEXT_GATEWAY}"`);
    await agent.reached('quarantined', 'late');
    await agent.reached('installed', 'thief');
    expect(await heardAs(NEXT_GATEWAY)).to.deep.equal([]);
  });
});

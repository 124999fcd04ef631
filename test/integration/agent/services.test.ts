import { expect } from 'chai';
import { NO_GUARDS } from '../../../src/pvlan/policy.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { dhcpOffer, experimental, ethernet, routerAdvertisement } from '../../lab/frames.ts';
import type { FrameClass } from '../../lab/frame-classes.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { offences, PVLAN_2102 } from '../../support/duo.ts';

const SERVICES: FrameClass[] = [
  {
    name: 'DHCP offer',
    to: 'all',
    build: (from) => dhcpOffer({ src: from.mac, srcIp: '10.0.0.1', client: '02:00:00:00:00:77' }),
  },
  { name: 'router advertisement', to: 'all', build: (from) => routerAdvertisement({ src: from.mac }) },
];
const ORDINARY: FrameClass[] = [
  { name: 'unknown type', to: 'one', build: (from, to) => experimental(to.mac, from.mac) },
];

describe('a guest of a Private VLAN on one hypervisor', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let endpoints: Endpoint[];

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge('br0');
    endpoints = [
      await host.plug({ name: 'g1', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' }),
      await host.plug({ name: 'g2', mac: '02:00:00:00:00:02', portProfile: 'isolated-2102' }),
      await host.plug({ name: 'router', mac: '02:00:00:00:00:09', portProfile: 'promisc-2102' }),
    ];
  });

  after(() => lab.close());

  const under = async (guards: typeof PVLAN_2102.guards, test: () => Promise<void>): Promise<void> => {
    const agent = await AgentOn.start(host, { config: { pvlans: [{ ...PVLAN_2102, guards }] } });
    await agent.reached('installed', 'g1', 'g2', 'router');
    await test();
    await agent.stop();
  };

  it('may offer DHCP and advertise itself to routers unless that is guarded against', async () => {
    await under(NO_GUARDS, async () => {
      expect(await offences(lab, endpoints, undefined, SERVICES)).to.equal('');
    });
  });

  it('may do neither where both guards are on, and everything else; routers may do all', async () => {
    await under({ ...NO_GUARDS, dhcpServer: true, routerAdvertisement: true }, async () => {
      expect(await offences(lab, endpoints, (from) => from.name === 'router', SERVICES)).to.equal('');
      expect(await offences(lab, endpoints, undefined, ORDINARY)).to.equal('');
    });
  });

  it('sends and receives jumbo frames where its port takes them', async () => {
    for (const { name } of endpoints) await host.vsctl('set', 'Interface', name, 'mtu_request=9000');
    const jumbo: FrameClass[] = [
      { name: 'jumbo', to: 'one', build: (from, to) => ethernet(to.mac, from.mac, 0x88b5, Buffer.alloc(8000)) },
    ];
    await under(NO_GUARDS, async () => {
      expect(await offences(lab, endpoints, undefined, jumbo)).to.equal('');
    });
  });
});

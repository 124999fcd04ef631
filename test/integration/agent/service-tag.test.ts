import { expect } from 'chai';
import type { Endpoint } from '../../lab/endpoint.ts';
import { BROADCAST, EtherType, experimental, tag } from '../../lab/frames.ts';
import { Lab } from '../../lab/lab.ts';
import { Prober } from '../../lab/probe.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';

const PLAIN_2102 = { tpid: EtherType.VLAN, vid: 2102, pcp: 0 };

describe('the priority tag of a guest', function () {
  this.timeout(60_000);
  let lab: Lab;
  let agent: AgentOn;
  let guests: readonly [Endpoint, Endpoint];

  before(async () => {
    lab = await Lab.create();
    const host = await lab.host('a');
    const upstream = await lab.upstream([host]);
    guests = [
      await host.plug({ name: 'g1', mac: '02:00:00:00:00:01', portProfile: 'community-2102-web' }),
      await host.plug({ name: 'g2', mac: '02:00:00:00:00:02', portProfile: 'community-2102-web' }),
    ];
    await host.plug({ name: 'router', mac: '02:00:00:00:00:09', portProfile: 'promisc-2102', trunks: [2102] });
    await upstream.plug({ name: 'watch', mac: '02:00:00:00:00:04', trunks: [2102] });
    agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
    await agent.reached('installed', 'g1', 'g2', 'router');
  });

  after(async () => {
    await agent.stop();
    await lab.close();
  });

  for (const [name, tpid] of [
    ['802.1Q', EtherType.VLAN],
    ['802.1ad', EtherType.QINQ],
  ] as const) {
    it(`of type ${name} says nothing of the tag its frames have on the way`, async () => {
      const [from] = guests;
      const frame = tag(experimental(BROADCAST, from.mac), 0, 5, tpid);
      const deliveries = await new Prober(lab.hosts).send([{ from, frame }]);
      const tags = new Map(deliveries.map((delivery) => [delivery.receiver.name, delivery.tags]));
      expect([...tags.keys()].sort()).to.deep.equal(['g2', 'router', 'watch']);
      expect(tags.get('g2')).to.deep.equal([]);
      expect(tags.get('router')).to.deep.equal([PLAIN_2102]);
      expect(tags.get('watch')).to.deep.equal([PLAIN_2102]);
    });
  }
});

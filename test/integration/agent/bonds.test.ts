import { expect } from 'chai';
import { macAddress } from '../../../src/pvlan/mac.ts';
import { vlanId } from '../../../src/pvlan/vlan-id.ts';
import type { WireMode } from '../../../src/pvlan/wire-mode.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { BROADCAST, experimental } from '../../lab/frames.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { layCable } from '../../lab/netns.ts';
import { Prober } from '../../lab/probe.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';

const MULTICAST = '01:00:5e:00:00:fb';
/** A router of the host whose like may run elsewhere, so that its address is believed of the wire. */
const TWIN_MAC = '02:00:00:00:ff:02';
const SECONDARY: WireMode = {
  kind: 'secondary',
  isolated: vlanId(2103),
  communities: new Map([['web', vlanId(2104)!]]),
};

for (const wire of [PVLAN_2102.wire, SECONDARY]) {
  describe(`a bond as an uplink, ${wire.kind} mode`, function () {
    this.timeout(60_000);
    let lab: Lab;
    let host: Host;
    let physical: Host;
    let agent: AgentOn | undefined;
    let guests: readonly Endpoint[];
    let router: Endpoint;
    let twin: Endpoint;

    before(async () => {
      lab = await Lab.create();
      host = await lab.host('a');
      physical = (await lab.upstream([])).host;
      await host.addBridge();
      for (const number of [0, 1]) {
        await layCable({ netns: host.netns, name: `up${number}` }, { netns: physical.netns, name: `down${number}` });
      }
      await host.vsctl('add-bond', 'br0', 'bond0', 'up0', 'up1');
      const promiscuousMacs = [ROUTER_MAC, TWIN_MAC].flatMap((mac) => macAddress(mac) ?? []);
      agent = await AgentOn.start(host, { config: { pvlans: [{ ...PVLAN_2102, promiscuousMacs, wire }] } });
      guests = [
        await host.plug({ name: 'isolated', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' }),
        await host.plug({ name: 'member', mac: '02:00:00:00:00:02', portProfile: 'community-2102-web' }),
      ];
      twin = await host.plug({ name: 'twin', mac: TWIN_MAC, portProfile: 'promisc-2102' });
      router = await physical.plug({ name: 'router', bridge: 'sw0', mac: ROUTER_MAC, tag: 2102, ifaceId: false });
      await agent.reached('installed', 'isolated', 'member', 'twin');
    });

    after(async () => {
      await agent?.stop();
      await lab.close();
    });

    /** Sets the bond up, and the two ports of the switch: on their own, or a bond with LACP. */
    const bond = async (mode: string, lacp: boolean): Promise<void> => {
      const ports = ['down0', 'down1', 'bond'].flatMap((port) => ['--', '--if-exists', 'del-port', 'sw0', port]);
      await physical.vsctl(...ports);
      const fast = ['bond_mode=balance-tcp', 'lacp=active', 'other_config:lacp-time=fast'];
      if (lacp) await physical.vsctl('add-bond', 'sw0', 'bond', 'down0', 'down1', ...fast);
      else for (const port of ['down0', 'down1']) await physical.addDevice('sw0', port);
      const columns = lacp ? fast : [`bond_mode=${mode}`, 'lacp=off'];
      await host.vsctl('set', 'Port', 'bond0', ...columns);
      if (!lacp) return;
      await until('LACP to be agreed on', async () => {
        const current = await host.vsctl(
          'get',
          'Interface',
          'up0',
          'lacp_current',
          '--',
          'get',
          'Interface',
          'up1',
          'lacp_current',
        );
        return current.split('\n').every((one) => one === 'true');
      });
    };

    const hello = () => guests.map((from) => ({ from, frame: experimental(BROADCAST, from.mac) }));

    /** What guests get other than once of what `from` sends, or tagged; the switches know nobody, or `known`: but the guests. */
    const faults = async (from: Endpoint, known = false): Promise<readonly string[]> => {
      for (const one of lab.hosts) await one.appctl('fdb/flush');
      if (known) await new Prober(lab.hosts).send(hello());
      for (const one of lab.hosts) await one.appctl('revalidator/wait');
      // In secondary mode guests are known to this switch in VLANs that routers do not speak in.
      const unicast = known && wire.kind === 'secondary' ? [] : guests;
      const probes = [BROADCAST, MULTICAST, ...unicast.map(({ mac }) => mac)].map((dst) => ({
        from,
        frame: experimental(dst, from.mac),
        label: dst,
      }));
      const seen = await new Prober(lab.hosts).send(probes);
      return guests.flatMap(({ name, mac }) =>
        probes.flatMap((probe) => {
          const got = seen.filter(({ receiver, probe: { label } }) => receiver.name === name && label === probe.label);
          const copies = got.reduce((sum, { times, tags }) => sum + times + 10 * tags.length, 0);
          const wanted = guests.some((guest) => guest.mac === probe.label && guest.mac !== mac) ? 0 : 1;
          return copies === wanted ? [] : [`${name}: ${copies} to ${probe.label}`];
        }),
      );
    };
    const settled = () => until('the agent to settle', () => agent?.agent.status().settled);

    for (const [mode, lacp, known] of [
      ['active-backup', false, false],
      // A switch that does not know a guest sends its frames to both members, and NORMAL takes both.
      ['balance-slb', false, true],
      ['balance-tcp', true, false],
    ] as const) {
      it(`${mode} brings guests one copy of whatever a router sends, here or there`, async () => {
        await bond(mode, lacp);
        // The switch and the agent take a moment to see what the bond has become.
        await until('each frame to come once', async () => (await faults(router, known)).length === 0).catch(
          async () => {
            expect(await faults(router, known)).to.deep.equal([]);
          },
        );
        await settled();
        expect(await faults(router, known), 'from the router there').to.deep.equal([]);
        expect(await faults(twin), 'from the router here').to.deep.equal([]);
        const probes = guests.map((from) => ({ from, frame: experimental(ROUTER_MAC, from.mac) }));
        const answers = (await new Prober(lab.hosts).send(probes)).filter(({ receiver }) => receiver === router);
        if (wire.kind === 'single') expect(answers.map(({ times }) => times)).to.deep.equal([1, 1]);
      });
    }

    it('does so, too, when another member becomes the active one', async () => {
      await bond('active-backup', false);
      for (const member of ['up1', 'up0']) {
        await host.appctl('bond/set-active-slave', 'bond0', member);
        await until(`${member} to serve`, async () => (await faults(router)).length === 0);
      }
    });

    it('brings nothing without LACP where it needs it, as NORMAL would', async () => {
      await bond('balance-tcp', false);
      await until('nothing to come', async () => (await faults(router)).every((one) => one.includes(': 0 ')));
      expect(await faults(router)).to.have.length(6);
    });
  });
}

import { expect } from 'chai';
import { macAddress } from '../../../src/pvlan/mac.ts';
import { NO_FACTS } from '../../../src/pvlan/guest-facts.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { BROADCAST, experimental } from '../../lab/frames.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { layCable } from '../../lab/netns.ts';
import { Prober } from '../../lab/probe.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';

const NICS = ['02:00:00:00:0b:01', '02:00:00:00:0b:02'];
/** What speaks through the bond: addresses of neither NIC, that go by one member or the other. */
const STATIONS = Array.from({ length: 8 }, (_, index) => `02:00:00:00:0b:1${index}`);

describe('a bond inside a guest, of two NICs with its addresses under extraMacs of both', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let guest: Host;
  let agent: AgentOn;
  let router: Endpoint;
  let neighbour: Endpoint;
  const inside: Endpoint[] = [];

  before(async () => {
    lab = await Lab.create();
    [host, guest] = [await lab.host('a'), await lab.host('guest')];
    const upstream = await lab.upstream([host]);
    router = await upstream.plug({ name: 'router', mac: ROUTER_MAC, tag: 2102 });
    neighbour = await host.plug({ name: 'other', mac: '02:00:00:00:00:09', portProfile: 'isolated-2102' });
    // The guest is a switch of its own, whose uplink is the bond.
    await guest.addBridge();
    for (const [index, mac] of NICS.entries()) {
      const nic = `nic${index}`;
      await layCable({ netns: host.netns, name: nic }, { netns: guest.netns, name: `eth${index}` });
      await host.addDevice('br0', nic);
      const ids = { 'attached-mac': mac, 'iface-id': nic, 'port-profile': 'isolated-2102', ifname: nic };
      const columns = Object.entries(ids).map(([key, value]) => `external_ids:${key}="${value}"`);
      await host.vsctl('set', 'Interface', nic, ...columns);
    }
    await guest.vsctl('add-bond', 'br0', 'bond0', 'eth0', 'eth1', 'other_config:bond-rebalance-interval=0');
    for (const [index, mac] of STATIONS.entries()) {
      inside.push(await guest.plug({ name: `s${index}`, mac, ifaceId: false }));
    }
    const facts = { ...NO_FACTS, extraMacs: STATIONS.flatMap((mac) => macAddress(mac) ?? []) };
    const guests = new Map(NICS.flatMap((mac) => macAddress(mac) ?? []).map((mac) => [mac, facts]));
    agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102], guests } });
    await agent.reached('installed', 'other', 'nic0', 'nic1');
  });

  after(async () => {
    await agent.stop();
    await lab.close();
  });

  /** How often each of `to` gets what each of `from` sends to it, or to all; the neighbour gets nothing. */
  const copies = async (
    from: readonly Endpoint[],
    to: readonly Endpoint[],
    toAll = false,
  ): Promise<readonly number[]> => {
    const probes = from.flatMap((sender) =>
      (toAll ? [BROADCAST] : to.map(({ mac }) => mac)).map((dst) => ({
        from: sender,
        frame: experimental(dst, sender.mac),
        label: dst,
      })),
    );
    const deliveries = await new Prober(lab.hosts).send(probes);
    const overheard = deliveries.filter(({ receiver }) => receiver === neighbour && !from.includes(router));
    expect(overheard.map(({ probe }) => probe.from.name)).to.deep.equal([]);
    // A switch inside the guest that has forgotten its stations floods among them, which is its own affair.
    return to.map((one) =>
      deliveries
        .filter(({ receiver, probe: { label } }) => receiver === one && (toAll || label === one.mac))
        .reduce((sum, { times }) => sum + times, 0),
    );
  };

  /** What was cached before is forgotten. */
  const settled = async (): Promise<void> => {
    for (const one of lab.hosts) await one.appctl('revalidator/wait');
  };

  const become = async (mode: string): Promise<void> => {
    await guest.vsctl('set', 'Port', 'bond0', `bond_mode=${mode}`);
    await until(
      'the bond to serve',
      async () => (await guest.vsctl('get', 'Port', 'bond0', 'bond_active_slave')) !== '[]',
    );
    for (const one of lab.hosts) await one.appctl('fdb/flush');
    await settled();
  };

  for (const [mode, unicast] of [
    ['active-backup', 1],
    // By this mode a bond takes unicast from every member, and the switch gives it to both: nothing says by which the guest listens.
    ['balance-slb', 2],
  ] as const) {
    it(`reaches its router once by ${mode}, hears what is for all once, and what is for it ${unicast === 1 ? 'once' : 'twice'}`, async () => {
      await become(mode);
      expect(await copies(inside, [router])).to.deep.equal([STATIONS.length]);
      expect(await copies(inside, [router], true)).to.deep.equal([STATIONS.length]);
      expect(await copies([router], inside, true)).to.deep.equal(STATIONS.map(() => 1));
      expect(await copies([router], inside)).to.deep.equal(STATIONS.map(() => unicast));
    });
  }

  it('goes on when its other member becomes the active one', async () => {
    await become('active-backup');
    for (const member of ['eth1', 'eth0']) {
      await guest.appctl('bond/set-active-slave', 'bond0', member);
      await settled();
      expect(await copies(inside, [router])).to.deep.equal([STATIONS.length]);
      expect(await copies([router], inside)).to.deep.equal(STATIONS.map(() => 1));
    }
  });
});

import { expect } from 'chai';
import type { Endpoint } from '../../lab/endpoint.ts';
import type { FrameClass } from '../../lab/frame-classes.ts';
import { BROADCAST, experimental, tag } from '../../lab/frames.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { runMatrix } from '../../lab/matrix.ts';
import { Prober } from '../../lab/probe.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { offences, PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';

describe('a port that is plugged in while the agent runs', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let agent: AgentOn;
  let router: Endpoint;
  const plugged: Endpoint[] = [];

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    const upstream = await lab.upstream([host]);
    router = await upstream.plug({ name: 'router', mac: ROUTER_MAC, tag: 2102 });
    agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
  });

  after(async () => {
    await agent.stop();
    await lab.close();
  });

  afterEach(async () => {
    for (const endpoint of plugged.splice(0)) await endpoint.unplug();
  });

  const plug = async (options: Parameters<Host['plug']>[0]): Promise<Endpoint> => {
    const endpoint = await host.plug(options);
    plugged.push(endpoint);
    return endpoint;
  };
  const isolated = (name: string, number: number): Promise<Endpoint> =>
    plug({ name, mac: `02:00:00:00:01:0${number}`, portProfile: 'isolated-2102' });
  const mark = (name: string, key: string): Promise<string> =>
    host.vsctl('--if-exists', 'get', 'Interface', name, `external_ids:${key}`);

  it('is marked as installed once its flows are acknowledged', async () => {
    await isolated('g1', 1);
    await host.vsctl('wait-until', 'Interface', 'g1', 'external_ids:pvlan-installed=true');
    expect([await mark('g1', 'pvlan-role'), await mark('g1', 'pvlan-primary')]).to.deep.equal(['isolated', '"2102"']);
    expect(await host.vsctl('get', 'Port', 'g1', 'vlan_mode', 'trunks', 'protected')).to.equal('trunk\n[4095]\ntrue');
  });

  it('leaves no flow behind when it goes', async () => {
    const guest = await isolated('g1', 1);
    await agent.reached('installed', 'g1');
    await guest.unplug();
    plugged.length = 0;
    await until('its flows to go', async () => !(await host.ofctl('dump-flows', 'br0')).includes(guest.mac));
  });

  it('is opened at once when it was born parked', async () => {
    await plug({ name: 'g1', mac: '02:00:00:00:01:01', portProfile: 'isolated-2102', bornParked: true });
    await agent.reached('installed', 'g1');
    expect(await offences(lab, [...plugged, router])).to.equal('');
  });

  it('is dropped both ways while half-known, and opened when the rest is known', async () => {
    const peer = await isolated('g2', 2);
    const half = await plug({
      name: 'g1',
      mac: '02:00:00:00:01:01',
      ifaceId: false,
      interfaceExternalIds: { 'iface-id': 'x', 'port-profile': 'isolated-2102' },
    });
    await agent.reached('installed', 'g2');
    await agent.reached('quarantined', 'g1');
    expect(
      await offences(
        lab,
        [half, peer, router],
        (from, to) => from !== half && to !== half && (from === router || to === router),
      ),
    ).to.equal('');
    expect(agent.alarms.join()).to.contain('port g1 is quarantined: its external_ids have no attached-mac');
    await host.vsctl('set', 'Interface', 'g1', 'external_ids:attached-mac="02:00:00:00:01:01"');
    await agent.reached('installed', 'g1');
    expect(await offences(lab, [half, peer, router])).to.equal('');
  });

  it('is quarantined with an alarm that names both when it claims the router’s address', async () => {
    const thief = await plug({ name: 'g1', mac: ROUTER_MAC, portProfile: 'isolated-2102' });
    await agent.reached('quarantined', 'g1');
    expect(agent.alarms.join()).to.contain(
      `g1 is quarantined: its address ${ROUTER_MAC} belongs to promiscuousMacs of VLAN 2102`,
    );
    const peer = await isolated('g2', 2);
    await agent.reached('installed', 'g2');
    expect(await offences(lab, [thief, peer], () => false)).to.equal('');
  });

  it('changes its role with its portgroup', async () => {
    const one = await isolated('g1', 1);
    const two = await plug({ name: 'g2', mac: '02:00:00:00:01:02', portProfile: 'community-2102-web' });
    const three = await plug({ name: 'g3', mac: '02:00:00:00:01:03', portProfile: 'community-2102-web' });
    await agent.reached('installed', 'g1', 'g2', 'g3');
    const members = new Set([two, three]);
    const policy = (from: Endpoint, to: Endpoint): boolean =>
      from === router || to === router || (members.has(from) && members.has(to));
    expect(await offences(lab, [one, two, three, router], policy)).to.equal('');

    await host.vsctl('set', 'Interface', 'g1', 'external_ids:port-profile=community-2102-web');
    members.add(one);
    await until('the role to change', async () => (await mark('g1', 'pvlan-role')) === 'community');
    expect(await offences(lab, [one, two, three, router], policy)).to.equal('');

    await host.vsctl('set', 'Interface', 'g2', 'external_ids:port-profile=lan');
    await agent.reached('released', 'g2');
    expect(await host.vsctl('get', 'Port', 'g2', 'vlan_mode', 'trunks', 'protected', 'external_ids')).to.equal(
      '[]\n[]\nfalse\n{}',
    );
  });

  it('is an access port of the primary VLAN when its portgroup is promiscuous', async () => {
    const one = await isolated('g1', 1);
    const two = await plug({ name: 'routervm', mac: '02:00:00:00:01:09', portProfile: 'promisc-2102' });
    await agent.reached('installed', 'g1', 'routervm');
    expect(await offences(lab, [one, two, router])).to.equal('');
  });

  it('is believed as a router by its VLAN alone, untouched', async () => {
    const one = await isolated('g1', 1);
    const two = await plug({ name: 'routervm', mac: '02:00:00:00:01:09', ifaceId: false, tag: 2102 });
    await agent.reached('installed', 'g1', 'routervm');
    expect(await offences(lab, [one, two, router])).to.equal('');
    expect(await host.vsctl('get', 'Port', 'routervm', 'external_ids')).to.equal('{}');
    // It bears no mark that would make another row: the log tells of it all the same.
    expect(agent.log.map(({ message }) => message)).to.include('port routervm installed as promisc-2102');
  });

  it('is left exactly as it was outside every Private VLAN', async () => {
    const access = [1, 2].map((number) => plug({ name: `u${number}`, mac: `02:00:00:00:02:0${number}`, tag: 100 }));
    const others = await Promise.all(access);
    const guest = await isolated('g1', 1);
    await agent.reached('installed', 'g1');
    expect(
      await offences(lab, [...others, guest], (from, to) => others.includes(from) && others.includes(to)),
    ).to.equal('');
    expect(await host.vsctl('get', 'Port', 'u1', 'tag', 'trunks', 'external_ids')).to.equal('100\n[]\n{}');
  });

  it('cannot reach isolated guests as a trunk guest that uses the router’s address', async () => {
    const trunk = await plug({ name: 't1', mac: '02:00:00:00:02:01' });
    const guest = await isolated('g1', 1);
    await agent.reached('installed', 'g1');
    const spoofs: FrameClass[] = [
      { name: 'unicast', to: 'one', build: (_, to) => tag(experimental(to.mac, ROUTER_MAC), 2102) },
      { name: 'broadcast', to: 'all', build: () => tag(experimental(BROADCAST, ROUTER_MAC), 2102) },
    ];
    const result = await runMatrix(new Prober(lab.hosts), [trunk, guest], spoofs);
    expect(result.judge((from) => from === guest).forbidden, result.text()).to.be.empty;
  });

  it('stays closed when its portgroup names no VLAN', async () => {
    await plug({ name: 'g1', mac: '02:00:00:00:01:01', portProfile: 'isolated-21O2' });
    await agent.reached('quarantined', 'g1');
    expect(agent.alarms.join()).to.contain("portgroup 'isolated-21O2' names no VLAN id from 1 to 4094");
  });

  it('stays closed when somebody has spoiled the note of what it was before, and the note is left for them to see', async () => {
    const guest = await isolated('g1', 1);
    const peer = await isolated('g2', 2);
    await agent.reached('installed', 'g1', 'g2');
    await host.vsctl('set', 'Port', 'g1', 'external_ids:pvlan-saved=spoiled');
    await agent.reached('quarantined', 'g1');
    expect(agent.alarms.join()).to.contain('external_ids:pvlan-saved cannot be read');
    expect(await host.vsctl('get', 'Port', 'g1', 'external_ids:pvlan-saved')).to.equal('spoiled');
    expect(await offences(lab, [guest, peer], () => false)).to.equal('');
    await host.vsctl('remove', 'Port', 'g1', 'external_ids', 'pvlan-saved');
  });

  it('survives a hundred births and deaths in a row', async () => {
    for (let round = 0; round < 10; round += 1) {
      const guests = [];
      for (let number = 0; number < 10; number += 1) guests.push(isolated(`g${number}`, number));
      await Promise.all(guests);
      await Promise.all(plugged.splice(0).map((endpoint) => endpoint.unplug()));
    }
    const ofGuests = async (): Promise<string[]> =>
      (await host.ofctl('dump-flows', 'br0')).split('\n').filter((line) => line.includes('02:00:00:00:01'));
    await until('all flows of guests to go', async () => (await ofGuests()).length === 0);
  });
});

import { expect } from 'chai';
import { planChanges } from '../../../src/agent/plan.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { parseRemote } from '../../../src/ovsdb/remote.ts';
import { VswitchDatabase } from '../../../src/vswitch/database.ts';
import type { Host } from '../../lab/host.ts';
import { isolatedPolicy, offences, PVLAN_2102 } from '../../support/duo.ts';
import { until } from '../../lab/until.ts';
import { useSite } from '../recovery/site.ts';

const FOREIGN = 'cookie=0xbeef';

/** What `plan` warns of on the only bridge. */
async function warnings(host: Host): Promise<readonly string[]> {
  const database = new VswitchDatabase({ remotes: [parseRemote(`unix:${host.dbSocket}`)] });
  try {
    await database.ready({ timeoutMs: 10_000 });
    const flags = { ovsdb: `unix:${host.dbSocket}`, libvirt: 'none' };
    const config = loadConfig({ env: {}, defaultFile: '/nowhere', flags });
    const [plan] = await planChanges(database, { ...config, pvlans: [PVLAN_2102] }, undefined);
    return plan?.warnings ?? [];
  } finally {
    database.close();
  }
}

describe('an agent on a bridge where others stand in its place', function () {
  this.timeout(120_000);
  const site = useSite({ agent: false });

  const alarmed = (words: string): boolean => site().alarms.includes(words);
  const ofport = async (name: string): Promise<string> => site().host.vsctl('get', 'Interface', name, 'ofport');
  const foreign = async (): Promise<string> =>
    (await site().host.ofctl('--no-stats', 'dump-flows', 'br0', `${FOREIGN}/-1`))
      .split('\n')
      .slice(1)
      .join('\n')
      .trim();
  const add = async (flow: string): Promise<void> =>
    site()
      .host.ofctl('add-flow', 'br0', `${FOREIGN},${flow}`)
      .then(() => undefined);
  const remove = async (): Promise<void> =>
    site()
      .host.ofctl('del-flows', 'br0', `${FOREIGN}/-1`)
      .then(() => undefined);
  const others = (name: string): Promise<string> =>
    offences(
      site().lab,
      [...site().guests, site().router],
      (from, to) => from.name !== name && to.name !== name && isolatedPolicy(from, to),
    );

  it('leaves a flow that closes a port as its own would to whoever put it there, and serves the port', async () => {
    await add(`priority=200,in_port=${await ofport('g1')},actions=drop`);
    const before = await foreign();
    await site().startAgent();
    await site().settled();
    expect(await foreign()).to.equal(before);
    expect(site().alarms).to.equal('');
    expect(await site().offences()).to.equal('');
  });

  it('puts its own there when that one goes', async () => {
    const place = `priority=200,in_port=${await ofport('g1')} `;
    await remove();
    await until('its own flow', async () => (await site().flows()).some((line) => line.includes(place)));
  });

  it('keeps the port closed in whose place a flow stands that does something else, and everybody else served', async () => {
    await site().stopAgent();
    await site().deleteFlows();
    const place = `priority=220,in_port=${await ofport('g1')},vlan_tci=0x0000/0x0fff,dl_src=02:00:00:00:01:01`;
    await add(`${place},actions=NORMAL`);
    const before = await foreign();
    expect((await warnings(site().host)).join()).to.match(
      /^port g1 stays closed: a foreign flow [^,]*;[^]*cookie=0xbeef/,
    );
    await site().startAgent();
    await site().agent.reached('installed', 'g2');
    await until('the alarm', () => alarmed('port g1 stays closed: a foreign flow is in the place of one of ours'));
    expect(await foreign()).to.equal(before);
    await until('no mark', async () => (await site().mark(site().guest(1))) === undefined);
    const port = site()
      .agent.agent.status()
      .bridges[0]?.ports.find(({ name }) => name === 'g1');
    expect(port).to.have.property('state', 'held');
    expect(port?.hold).to.include({ code: 'place-taken', alarm: true, closes: true });
    expect(port?.waitsFor).to.match(/^a foreign flow .*; remove it.*cookie=0xbeef/);
    const told = site().agent.log.map(({ message }) => message);
    expect(
      told.filter((line) => /^port g1 held as isolated-2102: a foreign flow .*cookie=0xbeef/.test(line)),
    ).to.have.length(1);
    expect(told.filter((line) => /^alarm: bridge br0: port g1 stays closed/.test(line))).to.have.length(1);
    expect(await others('g1')).to.equal('');
    await remove();
    await site().settled();
    expect(site().alarms).to.equal('');
    expect(
      site().agent.log.filter(({ message }) => message.startsWith('alarm over: bridge br0: port g1')),
    ).to.have.length(1);
    expect(await site().offences()).to.equal('');
  });

  it('keeps a whole Private VLAN closed that cannot be without the flow', async () => {
    await site().stopAgent();
    await site().deleteFlows();
    await add('table=0,priority=150,dl_vlan=2102,actions=NORMAL');
    const before = await foreign();
    await site().startAgent();
    await until('the alarm', () =>
      alarmed('Private VLAN 2102 stays closed: a foreign flow is in the place of one of ours'),
    );
    await until(
      'nobody to be served',
      () =>
        site()
          .agent.agent.status()
          .bridges[0]?.ports.every(({ state }) => state !== 'installed') ?? false,
    );
    expect(await foreign()).to.equal(before);
    expect(await site().leaks()).to.equal('');
    await remove();
    await site().settled();
    expect(await site().offences()).to.equal('');
  });

  it('takes back the place of a flow that was its own under its eyes', async () => {
    const before = await site().flows();
    const [line = ''] = before.filter((flow) => flow.includes('table=66') && flow.includes('dl_dst=02:00:00:00:01:01'));
    await add(
      line
        .replace(/cookie=\w+, /, '')
        .replace(/actions=.*/, 'actions=drop')
        .trim(),
    );
    await site().flowsAre(before);
    expect(await foreign()).to.equal('');
    expect(site().agent.agent.status().bridges[0]?.repairs).to.be.greaterThan(0);
  });

  it('says which flow of others comes before its own, as soon as it is there, and no more when it has gone', async () => {
    await add('priority=40000,in_port=77,actions=NORMAL');
    await until('the alarm', () => alarmed('a foreign flow comes before the Private VLAN flows'));
    await remove();
    await until('no alarm', () => site().alarms === '');
  });

  it('serves everybody else when not even a flow that closes a newcomer fits the table', async () => {
    const count = (await site().host.ofctl('dump-flows', 'br0', 'table=0')).match(/actions=/g)?.length ?? 0;
    await site().host.vsctl(
      ...['--', '--id=@full', 'create', 'Flow_Table', `flow_limit=${count}`, 'overflow_policy=refuse'],
      ...['--', 'set', 'Bridge', 'br0', 'flow_tables:0=@full'],
    );
    await site().plug(9);
    await until('the refusal', () => alarmed('port g9 stays closed: by its VLAN setting alone'));
    // The bridge goes on: a role that changes is followed.
    await site().host.vsctl('set', 'Interface', 'g2', 'external_ids:port-profile=community-2102-blue');
    await until('the new role', async () => {
      const role = await site().host.vsctl('get', 'Interface', 'g2', 'external_ids:pvlan-role');
      return role.includes('community');
    });
    await site().host.vsctl('set', 'Interface', 'g2', 'external_ids:port-profile=isolated-2102');
    await site().agent.reached('installed', 'g1', 'g2');
    expect(await others('g9')).to.equal('');
    await site().host.vsctl('clear', 'Bridge', 'br0', 'flow_tables');
    await site().agent.reached('installed', 'g9');
    expect(await site().offences()).to.equal('');
    await site().unplug(site().guest(9));
  });

  it('puts marks back that somebody erases, counts that, and gives way in a fight over them', async () => {
    const repairs = (): number => site().agent.agent.status().bridges[0]?.repairs ?? 0;
    const erase = (): Promise<string> =>
      site().host.vsctl('--no-wait', 'remove', 'Interface', 'g1', 'external_ids', 'pvlan-installed');
    await site().settled();
    const before = repairs();
    await erase();
    await until('the mark', async () => (await site().mark(site().guest(1))) === 'true');
    expect(repairs()).to.be.greaterThan(before);
    await until('the fight to be told', async () => {
      await erase();
      await until('the mark', async () => (await site().mark(site().guest(1))) === 'true');
      return alarmed('another writer keeps undoing the marks of port g1');
    });
    expect(await site().offences()).to.equal('');
  });

  it('parks a port again at once however often another writer opens it', async () => {
    const opened = async (): Promise<boolean> => (await site().host.vsctl('get', 'Port', 'g1', 'trunks')) !== '[4095]';
    for (let time = 0; time < 15; time += 1) {
      await site().host.vsctl('--no-wait', 'clear', 'Port', 'g1', 'trunks');
      await until('the port to be parked', async () => !(await opened()), { interval: 5 });
    }
    await until('the fight to be told', () => alarmed('another writer keeps undoing the VLAN setting of port g1'));
    // A birth meanwhile is not kept waiting by the fight of another port.
    await site().plug(3);
    await site().settled();
    expect(await site().offences()).to.equal('');
  });

  it('puts back what a port was, though somebody erased the note of it, and what libvirt made of it meanwhile', async () => {
    const port = async (...columns: string[]): Promise<string> => site().host.vsctl('get', 'Port', 'g3', ...columns);
    const saved = async (): Promise<string> =>
      site().host.vsctl('--if-exists', 'get', 'Port', 'g3', 'external_ids:pvlan-saved');
    const before = await saved();
    await site().host.vsctl('remove', 'Port', 'g3', 'external_ids', 'pvlan-saved');
    await until('the note', async () => (await saved()) === before);
    // As libvirt does when the NIC is updated to a portgroup with a VLAN.
    await site().host.vsctl(
      ...['--', 'clear', 'Port', 'g3', 'tag', '--', 'clear', 'Port', 'g3', 'trunks'],
      ...['--', 'clear', 'Port', 'g3', 'vlan_mode', '--', 'set', 'Port', 'g3', 'tag=100'],
    );
    await until('the port to be parked', async () => (await port('trunks')) === '[4095]');
    expect(await saved()).to.include('100');
    await site().host.vsctl('set', 'Interface', 'g3', 'external_ids:port-profile=lan');
    await until('the port to be let go', async () => (await port('trunks')) === '[]');
    expect(await port('tag', 'vlan_mode', 'protected')).to.equal('100\n[]\nfalse');
  });
});

import { expect } from 'chai';
import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ANYONE } from '../../../src/verify/question.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { BROADCAST, experimental } from '../../lab/frames.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';
import { verifyHost } from './verify-host.ts';

const MAIN = join(import.meta.dirname, '../../../src/cli/main.ts');

interface Report {
  readonly ok: boolean;
  readonly milliseconds: number;
  readonly pvlans: readonly {
    readonly traces: number;
    readonly differences: readonly {
      kind: string;
      from: string;
      to?: string;
      frame?: string;
      message: string;
      trace?: string;
    }[];
  }[];
}

describe('pvlan-agent verify and explain', function () {
  this.timeout(120_000);
  let lab: Lab;
  let host: Host;
  let router: Endpoint;
  let r2: Endpoint;

  const plug = async (name: string, number: number, portProfile: string) =>
    host.plug({ name, mac: `02:00:00:00:00:0${number}`, portProfile });

  /** The whole agent at work until everything is installed, and gone again. */
  const agentPasses = async (...ports: readonly string[]): Promise<void> => {
    const agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
    await agent.reached('installed', ...ports);
    await until('the agent to settle', () => agent.agent.status().settled);
    await agent.stop();
  };

  const cli = async (...args: readonly string[]) =>
    execa('node', ['--import', 'tsx', MAIN, ...args, '--config', join(host.folder, 'config.yaml')], {
      reject: false,
      env: { NO_COLOR: '1' },
    });

  const verified = async (): Promise<{ exitCode: number | undefined; report: Report }> => {
    const { exitCode, stdout, stderr } = await cli('verify', '--json');
    if (stdout === '') throw new Error(stderr);
    return { exitCode, report: JSON.parse(stdout) as Report };
  };

  const pairs = (report: Report): readonly string[] => [
    ...new Set(
      report.pvlans.flatMap(({ differences }) => differences.map((d) => `${d.kind} ${d.from} → ${d.to ?? 'all'}`)),
    ),
  ];

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    const upstream = await lab.upstream([host]);
    router = await upstream.plug({ name: 'router', mac: ROUTER_MAC, tag: 2102 });
    await writeFile(
      join(host.folder, 'config.yaml'),
      JSON.stringify({
        ovsdb: `unix:${host.dbSocket}`,
        openflow: host.rundir,
        libvirt: 'none',
        pvlans: [{ primary: 2102, promiscuousMacs: [ROUTER_MAC] }],
      }),
    );
    await plug('g1', 1, 'isolated-2102');
    await plug('g2', 2, 'isolated-2102');
    await plug('c1', 3, 'community-2102-web');
    await plug('c2', 4, 'community-2102-web');
    await plug('d1', 5, 'community-2102-db');
    await plug('r1', 6, 'promisc-2102');
    await plug('q1', 7, 'isolated-21O2');
    r2 = await host.plug({ name: 'r2', mac: '02:00:00:00:00:08', ifaceId: false, tag: 2102 });
    await agentPasses('g1', 'g2', 'c1', 'c2', 'd1', 'r1');
  });

  after(async () => {
    await lab.close();
  });

  it('finds nothing wrong with a bridge the agent has set up, without the agent and without a trace in the MAC table', async () => {
    const learned = await host.appctl('fdb/show', 'br0');
    const { exitCode, report } = await verified();
    expect(
      JSON.stringify(
        report.pvlans.flatMap(({ differences }) => differences.slice(0, 5)),
        null,
        1,
      ),
    ).to.equal('[]');
    expect(exitCode).to.equal(0);
    expect(report.pvlans[0]?.traces).to.be.greaterThan(100);
    expect(await host.appctl('fdb/show', 'br0')).to.equal(learned);
  });

  it('prints who reaches whom as a matrix', async () => {
    const { stdout } = await cli('verify');
    expect(stdout).to.match(/^bridge br0, VLAN 2102: 8 ports, 0 differences$/m);
    const row = (name: string) =>
      stdout
        .split('\n')
        .find((line) => line.trim().startsWith(`${name} `))
        ?.trim()
        .split(/ +/);
    // In the order the ports have in the database, the quarantined one last.
    expect(row('q1')?.slice(2)).to.deep.equal(Array.from({ length: 7 }, () => '.'));
    expect(row('g1')?.filter((one) => one === '+')).to.have.length(2);
    expect(row('c1')?.filter((one) => one === '+')).to.have.length(3);
    expect(row('r1')?.filter((one) => one === '+')).to.have.length(6);
  });

  it('names the pair that a flow added by hand lets through, and shows its trace', async () => {
    const port = async (name: string) => host.vsctl('get', 'Interface', name, 'ofport');
    await host.vsctl('set', 'Port', 'g2', 'protected=false');
    await host.ofctl(
      'add-flow',
      'br0',
      `cookie=0xbad,priority=300,in_port=${await port('g1')},dl_dst=02:00:00:00:00:02,actions=output:${await port('g2')}`,
    );
    const { exitCode, report } = await verified();
    expect(exitCode).to.equal(10);
    expect(pairs(report)).to.have.members(['setting g2 → all', 'leak g1 → g2']);
    const frames = report.pvlans.flatMap(({ differences }) => differences.map(({ frame }) => frame));
    expect(frames).to.include.members(['unicast', 'spoofed guest', 'spoofed promiscuous', 'tagged 2102']);
    expect(frames).not.to.include('broadcast');
    const { stdout } = await cli('verify');
    expect(stdout).to.match(/LEAK g1 → g2, unicast: it arrives, and the roles forbid that/);
    expect(stdout).to.include('cookie 0xbad');
    await host.ofctl(
      '--strict',
      'del-flows',
      'br0',
      `priority=300,in_port=${await port('g1')},dl_dst=02:00:00:00:00:02`,
    );
    await agentPasses('g1', 'g2');
    expect((await verified()).report.ok).to.equal(true);
  });

  it('notices a port that is no longer parked', async () => {
    await host.vsctl('clear', 'Port', 'g1', 'vlan_mode', '--', 'clear', 'Port', 'g1', 'trunks');
    const locked = await verified();
    expect(locked.exitCode).to.equal(10);
    // The second lock keeps what is flooded; without it, as after a restart of ovs-vswitchd, the port hears it.
    expect(pairs(locked.report)).to.deep.equal(['setting g1 → all']);
    await host.ofctl('-O', 'OpenFlow10', 'mod-port', 'br0', 'g1', 'flood');
    const { exitCode, report } = await verified();
    expect(exitCode).to.equal(10);
    expect(pairs(report)).to.include.members(['setting g1 → all', 'leak g2 → g1', 'leak c1 → g1']);
    await agentPasses('g1');
    expect((await verified()).report.ok).to.equal(true);
  });

  it('notices what should arrive and does not', async () => {
    await host.ofctl('add-flow', 'br0', 'priority=301,dl_dst=02:00:00:00:00:06,actions=drop');
    const { exitCode, report } = await verified();
    expect(exitCode).to.equal(10);
    expect(pairs(report)).to.include.members(['lost g1 → r1', 'lost c1 → r1', 'lost r2 → r1']);
    await host.ofctl('--strict', 'del-flows', 'br0', 'priority=301,dl_dst=02:00:00:00:00:06');
  });

  it('finds what goes to others, too, once the router is forgotten, whether it is at present or not', async () => {
    const floods = async () => {
      const { groups } = await verifyHost(host, { pvlans: [PVLAN_2102] });
      const found = groups.flatMap(({ differences }) => differences.filter(({ kind }) => kind === 'flood'));
      const named = found.map(({ from, to = '', message }) => ({ pair: `${from} → ${to}`, message }));
      return named.sort((one, other) => (one.pair < other.pair ? -1 : 1));
    };
    const known = async (): Promise<void> => {
      await r2.send(experimental(BROADCAST, ANYONE));
      await router.send(experimental(BROADCAST, ROUTER_MAC));
      await until('both to be known', async () => {
        const table = await host.appctl('fdb/show', 'br0');
        return table.includes(ANYONE) && table.includes(ROUTER_MAC);
      });
    };
    const foundWith = async (flow: string) => {
      await host.ofctl('add-flow', 'br0', `cookie=0xbad,priority=65000,${flow}`);
      await host.appctl('fdb/flush', 'br0');
      const before = await floods();
      await known();
      expect(await floods()).to.deep.equal(before);
      await host.ofctl('del-flows', 'br0', 'cookie=0xbad/-1');
      return before;
    };
    // Of these guests' ports do not say where they are: a port without an address, and whoever is behind ports that lead on.
    const routers = ['r2', 'up0', 'br0'];
    const all = ['g1', 'g2', 'c1', 'c2', 'd1'].flatMap((guest) => routers.map((name) => `${guest} → ${name}`));
    const withoutLearning = await foundWith('table=71,actions=drop');
    expect(withoutLearning.map(({ pair }) => pair)).to.have.members(all);
    expect(withoutLearning.find(({ pair }) => pair === 'g1 → up0')?.message).to.equal(
      `once ${ROUTER_MAC} is forgotten (mac-aging-time), br0, r1, r2 hear what g1 says to it: ` +
        'from what it answers the switch does not learn where it is',
    );
    const port = await host.vsctl('get', 'Interface', 'g1', 'ofport');
    const byOutput = await foundWith(`table=66,dl_dst=02:00:00:00:00:01,actions=set_field:0->vlan_tci,output:${port}`);
    expect(byOutput.map(({ pair }) => pair)).to.have.members(routers.map((name) => `g1 → ${name}`));
    await host.vsctl('set', 'Bridge', 'br0', 'flood_vlans=2102');
    expect((await floods()).map(({ pair }) => pair)).to.have.members(all);
    await host.vsctl('clear', 'Bridge', 'br0', 'flood_vlans');
    expect(await floods()).to.deep.equal([]);
  });

  it('counts what it cannot tell as a difference', async () => {
    const port = await host.vsctl('get', 'Interface', 'g1', 'ofport');
    await host.ofctl('add-flow', 'br0', `priority=302,udp,in_port=${port},actions=ct(table=9)`);
    const { exitCode, report } = await verified();
    expect(exitCode).to.equal(10);
    expect(pairs(report).some((pair) => pair.startsWith('unclear g1 → '))).to.equal(true);
    await host.ofctl('del-flows', 'br0', `udp,in_port=${port}`);
    await agentPasses('g1');
    expect((await verified()).report.ok).to.equal(true);
  });

  describe('explain', () => {
    const explain = async (from: string, to: string) => {
      const { exitCode, stdout, stderr } = await cli('explain', from, to);
      expect(exitCode, stderr).to.equal(0);
      return stdout;
    };

    it('tells who the two are, by which rule they are kept apart, and by which flows', async () => {
      const text = await explain('g1', 'g2');
      expect(text).to.match(
        /^from {2}g1: isolated-2102 \(portgroup isolated-2102, from port-profile\); port \d+ of bridge br0/,
      );
      expect(text).to.match(
        /^rule {2}g1 may not reach g2: an isolated port talks to promiscuous ports only \(RFC 5517\)$/m,
      );
      expect(text).to.match(/^unicast: it does not reach g2, as the roles ask$/m);
      expect(text).to.match(/^broadcast: it does not reach g2, as the roles ask$/m);
      expect(text).to.match(/^ {2}br0 table 0: .*dl_src=02:00:00:00:00:01, priority 220 {2}\[ours, for port g1\]$/m);
      expect(text).to.match(/it leaves .*by r1 untagged/);
    });

    it('knows ports by iface-id and MAC as well', async () => {
      const id = await host.vsctl('get', 'Interface', 'c1', 'external_ids:iface-id');
      const text = await explain(id.replaceAll('"', ''), '02-00-00-00-00-04');
      expect(text).to.match(/^rule {2}c1 may reach c2: a community port talks to its own community/m);
      expect(text).to.match(/^unicast: it reaches c2, as the roles ask$/m);
    });

    it('says what leaves this host toward an address that is not here', async () => {
      const text = await explain('g1', ROUTER_MAC);
      expect(text).to.match(
        /^to {4}02:00:00:00:ff:01: not on this host, in the list of promiscuous addresses of VLAN 2102$/m,
      );
      expect(text).to.match(
        /^unicast: it goes out .*by up0 tagged 2102.*; the host of 02:00:00:00:ff:01 decides the rest$/m,
      );
    });

    it('says why a quarantined port is closed', async () => {
      const text = await explain('q1', 'r1');
      expect(text).to.match(/^from {2}q1: quarantined, all its frames are dropped: .*isolated-21O2/);
      expect(text).to.match(/^ {2}it is dropped$/m);
    });

    it('names the flow of somebody else that lets a frame through', async () => {
      const [from, to] = await Promise.all(['c1', 'd1'].map((name) => host.vsctl('get', 'Interface', name, 'ofport')));
      await host.ofctl('add-flow', 'br0', `cookie=0xbad,priority=300,in_port=${from ?? ''},actions=output:${to ?? ''}`);
      const text = await explain('c1', 'd1');
      expect(text).to.match(/^unicast: it reaches d1, AGAINST the roles$/m);
      expect(text).to.include('[not ours, cookie 0xbad]');
      await host.ofctl('del-flows', 'br0', 'cookie=0xbad/-1');
    });

    it('refuses a name that nobody has', async () => {
      const { exitCode, stderr } = await cli('explain', 'nobody', 'g1');
      expect(exitCode).to.equal(2);
      expect(stderr).to.equal(
        "pvlan-agent: no port of this host goes by 'nobody': give a port name, an iface-id or a MAC",
      );
    });
  });

  describe('around a restart of ovs-vswitchd', () => {
    it('says so when ovs-vswitchd is away', async () => {
      await host.killVswitchd('SIGTERM');
      const { exitCode, stderr } = await cli('verify');
      expect(exitCode).to.equal(5);
      expect(stderr).to.match(/^pvlan-agent: ovs-vswitchd cannot be asked \(.*\): start it, or name its run folder/);
    });

    it('finds that parking alone keeps everybody apart, but for frames tagged with the parking VLAN itself and what strangers forge', async () => {
      await host.startVswitchd();
      const { exitCode, report } = await verified();
      expect(exitCode).to.equal(10);
      expect(pairs(report)).to.include.members(['lost g1 → r1', 'lost r1 → g1', 'lost c1 → c2']);
      const rest = report.pvlans.flatMap(({ differences }) => differences.filter(({ kind }) => kind !== 'lost'));
      expect(new Set(rest.map(({ frame }) => frame))).to.deep.equal(
        new Set(['tagged 4095', "with a guest's or local router's source"]),
      );
    });
  });
});

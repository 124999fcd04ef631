import { expect } from 'chai';
import { execa } from 'execa';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ANYONE } from '../../../src/verify/question.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { BROADCAST, experimental } from '../../lab/frames.ts';
import { loadConfig } from '../../../src/config/load.ts';
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

describe('pvlan-agent verify, why and who', function () {
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

  describe('why', () => {
    const why = async (...args: readonly string[]) => {
      const { exitCode, stdout, stderr } = await cli('why', ...args);
      expect(exitCode, stderr).to.equal(0);
      return stdout;
    };

    it('says first what becomes of frames each way and why, then by which flow and whose it is', async () => {
      const text = await why('g1', 'g2');
      expect(text).to.match(
        /^g1 is KEPT FROM g2, because both are isolated \(RFC 5517\)\.\n {2}decided at br0 table 70 \(ours, /,
      );
      expect(text).to.match(/→ NORMAL, and g2 is parked\ng2 is KEPT FROM g1, because both are isolated/);
      expect(text).to.match(/^g1 {2}isolated-2102 \(portgroup isolated-2102, from port-profile\); port \d+ of br0/m);
      expect(text).not.to.contain('ofproto/trace');
    });

    it('prints every flow when asked to, and says no path twice', async () => {
      const text = await why('g1', 'g2', '--flows');
      expect(text).to.match(/^unicast g1 → g2: does not arrive$/m);
      expect(text).to.match(/^ {2}br0 table 0: .*dl_src=02:00:00:00:00:01, priority 220 {2}\[ours, for port g1\]$/m);
      expect(text.match(/table 0: .*dl_src=02:00:00:00:00:01/g)).to.have.length(1);
      expect(text).to.match(/^broadcast g1 → g2: does not arrive\n {2}the same \d flows as above/m);
      expect(text).to.match(/it leaves .*by r1 untagged/);
    });

    it('goes by the name of explain, too, and knows ports by iface-id, MAC and uuid', async () => {
      const ids = await Promise.all(
        ['iface-id', 'vm-id'].map((key) => host.vsctl('get', 'Interface', 'c1', `external_ids:${key}`)),
      );
      for (const id of ids) {
        const { stdout } = await cli('explain', id.replaceAll('"', '').toUpperCase(), '02-00-00-00-00-04');
        expect(stdout).to.match(/^c1 REACHES c2, because both are of community web \(RFC 5517\)\.$/m);
      }
    });

    it('names the flow that delivers', async () => {
      const text = await why('r1', 'g1');
      expect(text).to.match(
        /^r1 REACHES g1, because the sender is a router .*\n {2}decided at br0 table 66 \(ours, for port g1\): .* → output:\d+$/m,
      );
    });

    it('asks about a listed router on the wire both ways, tagged as it comes', async () => {
      const text = await why('g1', ROUTER_MAC);
      expect(text).to.match(/^g1 goes OUT toward 02:00:00:00:ff:01, because it is a listed router\.$/m);
      expect(text).to.match(/^ {2}.*by up0 tagged 2102/m);
      expect(text).to.match(
        /^02:00:00:00:ff:01 REACHES g1, because 02:00:00:00:ff:01 is a listed router of VLAN 2102\.$/m,
      );
      expect(text).to.contain('asked as it comes in by up0 tagged 2102');
    });

    it('says of a router that is not listed why no guest hears it, and the line that would list it', async () => {
      const text = await why('02:00:00:00:ff:09', 'g1');
      expect(text).to.match(
        /^02:00:00:00:ff:09 is KEPT FROM g1, because 02:00:00:00:ff:09 is no listed router of VLAN 2102/,
      );
      expect(text).to.contain(
        "remedy: if it is a router, list it on every host: pvlans: [{ primary: 2102, promiscuousMacs: ['02:00:00:00:ff:09'] }]",
      );
      expect(await why('02:00:00:00:ff:09', 'r1')).to.match(
        /^02:00:00:00:ff:09 REACHES r1, because the receiver is a router/,
      );
    });

    it('finds a wrong pinned address', async () => {
      const file = join(host.folder, 'config.yaml');
      const before = await readFile(file, 'utf8');
      const pinned = { guests: { '02:00:00:00:00:01': { addresses: ['192.0.2.10'] } } };
      await writeFile(file, JSON.stringify({ ...(JSON.parse(before) as object), ...pinned }));
      const agent = await AgentOn.start(host, { config: loadConfig({ env: {}, flags: { config: file } }) });
      try {
        await agent.reached('installed', 'g1');
        await until('the agent to settle', () => agent.agent.status().settled);
        expect(await why('g1', 'r1')).to.match(/^g1 REACHES r1/);
        const text = await why('g1', 'r1', '--address', '192.0.2.11');
        expect(text).to.match(
          /^g1 is REFUSED on the way to r1, because g1 may use 192\.0\.2\.10, and 192\.0\.2\.11 is none of it\.$/m,
        );
        expect(text).to.match(/→ drop$/m);
        expect(await why('g1', 'r1', '--address', '2001:db8::1')).to.match(
          /^g1 is REFUSED .* 2001:db8::1 is none of it/,
        );
      } finally {
        await agent.stop();
        await writeFile(file, before);
        await agentPasses('g1');
      }
    });

    it('says why a quarantined port is closed', async () => {
      const text = await why('q1', 'r1');
      expect(text).to.match(/^q1 is KEPT FROM r1, because q1 is closed: .*isolated-21O2.*\n {2}remedy: /);
      expect(text).to.match(/ → drop$/m);
    });

    it('names the flow of somebody else that lets a frame through', async () => {
      const [from, to] = await Promise.all(['c1', 'd1'].map((name) => host.vsctl('get', 'Interface', name, 'ofport')));
      await host.ofctl('add-flow', 'br0', `cookie=0xbad,priority=300,in_port=${from ?? ''},actions=output:${to ?? ''}`);
      const text = await why('c1', 'd1');
      expect(text).to.match(/^c1 REACHES, AGAINST THE ROLES, d1, because one is of community web, the other of db/);
      expect(text).to.match(/^ {2}decided at br0 table 0 \(not ours, cookie 0xbad\): /m);
      await host.ofctl('del-flows', 'br0', 'cookie=0xbad/-1');
    });

    it('refuses a name that nobody has, and says which is near', async () => {
      for (const [name, remark] of [
        ['nobody-at-all', 'give the name of a guest or a port, a MAC or a uuid'],
        ['g11', "did you mean 'g1'?"],
      ]) {
        const { exitCode, stderr } = await cli('why', name ?? '', 'g1');
        expect(exitCode).to.equal(2);
        expect(stderr).to.contain(`pvlan-agent: no port of this host goes by '${name ?? ''}': ${remark ?? ''}`);
      }
    });
  });

  describe('graph', () => {
    it('shows every guest of the switch where its role has put it', async () => {
      const { exitCode, stdout } = await cli('graph', '--format', 'json');
      expect(exitCode).to.equal(0);
      const [bridge] = (
        JSON.parse(stdout) as {
          bridges: { pvlans: { classes: { community?: string; stations: { port: string }[] }[] }[] }[];
        }
      ).bridges;
      const classes = (bridge?.pvlans ?? []).flatMap(({ classes: found }) => found);
      const web = classes.find(({ community }) => community === 'web')?.stations.map(({ port }) => port);
      expect(web).to.include('c1');
      expect((await cli('graph', '--format', 'svg')).stdout).to.include('<title>c1');
    });
  });

  describe('who', () => {
    it('says whom a guest can talk to, and whom not, by kinds', async () => {
      const { exitCode, stdout } = await cli('who', 'c1');
      expect(exitCode).to.equal(0);
      expect(stdout.split('\n')).to.deep.equal([
        'c1 is community-2102-web on br0.',
        'can talk to     router: r1, r2; community web: c2',
        'cannot          community db: d1; isolated: g1, g2',
        'from elsewhere  routers 02:00:00:00:ff:01',
      ]);
    });

    it('says that a closed port talks to nobody, and why', async () => {
      const { stdout } = await cli('who', '02:00:00:00:00:07');
      expect(stdout).to.match(/^q1 talks to NOBODY, because it is closed: .*isolated-21O2/);
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

import { expect } from 'chai';
import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endpoint } from '../../lab/endpoint.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';
import type { ProofReport } from '../../../src/verify/prove-host.ts';

const MAIN = join(import.meta.dirname, '../../../src/cli/main.ts');

describe('pvlan-agent prove', function () {
  this.timeout(120_000);
  let lab: Lab;
  let host: Host;
  let alice: Endpoint;
  let web: Endpoint;

  const prove = async (...args: readonly string[]) =>
    execa('node', ['--import', 'tsx', MAIN, 'prove', ...args, '--config', join(host.folder, 'config.yaml')], {
      reject: false,
      env: { NO_COLOR: '1' },
    });

  const report = async (...args: readonly string[]): Promise<{ exitCode: number | undefined; report: ProofReport }> => {
    const { exitCode, stdout, stderr } = await prove('--json', ...args);
    if (stdout === '') throw new Error(stderr);
    return { exitCode, report: JSON.parse(stdout) as ProofReport };
  };

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await lab.upstream([host]);
    await writeFile(
      join(host.folder, 'config.yaml'),
      JSON.stringify({
        ovsdb: `unix:${host.dbSocket}`,
        openflow: host.rundir,
        libvirt: 'none',
        pvlans: [{ primary: 2102, promiscuousMacs: [ROUTER_MAC] }],
      }),
    );
    alice = await host.plug({ name: 'alice', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' });
    await host.plug({ name: 'bob', mac: '02:00:00:00:00:02', portProfile: 'isolated-2102' });
    web = await host.plug({ name: 'web', mac: '02:00:00:00:00:03', portProfile: 'community-2102-web' });
    await host.plug({ name: 'gw', mac: '02:00:00:00:00:04', portProfile: 'promisc-2102' });
    const agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
    await agent.reached('installed', 'alice', 'bob', 'web', 'gw');
    await until('the agent to settle', () => agent.agent.status().settled);
    await agent.stop();
  });

  after(() => lab.close());

  it('proves a bridge as the agent left it, and says what that rests on', async () => {
    const { exitCode, stdout } = await prove();
    expect(stdout)
      .to.match(/^PROVED {4}no frame whatever/m)
      .and.to.match(/reaches {3}6 of 6 pairs/);
    expect(stdout).to.match(/inputs {4}\d+ flows \(1 of others\) sha256 [0-9a-f]{12}, \d+ ports/);
    expect(exitCode).to.equal(0);
  });

  it('finds a foreign flow that opens a path for one kind of frame, and a frame that ovs-vswitchd lets through', async () => {
    const [from, to] = [await alice.ofport(), await web.ofport()];
    await host.ofctl('add-flow', 'br0', `priority=60000,in_port=${from},dl_type=0x88b5,actions=output:${to}`);
    const { exitCode, report: found } = await report();
    expect(exitCode).to.equal(10);
    const [leak] = found.findings;
    expect([leak?.kind, leak?.from, leak?.to, leak?.certain]).to.deep.equal(['leak', 'alice', 'web', true]);
    expect(leak?.frames).to.match(/^dl_type 0x88b5, VLAN not 4095, any other header$/);
    expect(leak?.path.map(({ owner }) => owner)).to.deep.equal(['a flow that is not ours']);
    const trace = await host.appctl('ofproto/trace', 'br0', leak?.sample ?? '');
    expect(trace).to.contain('priority 60000').and.to.contain(`output:${to}`);
    expect((await report('--from', 'bob')).report.verdict).to.equal('PROVED');
    await host.ofctl('del-flows', 'br0', '--strict', `priority=60000,in_port=${from},dl_type=0x88b5`);
    expect((await report()).report.verdict).to.equal('PROVED');
  });

  it('says UNPROVED of a group, with the flow', async () => {
    await host.ofctl('add-group', 'br0', 'group_id=1,type=all,bucket=output:1');
    await host.ofctl(
      'add-flow',
      'br0',
      `priority=60000,in_port=${await alice.ofport()},dl_type=0x88b5,actions=group:1`,
    );
    const { exitCode, report: found } = await report();
    expect([exitCode, found.verdict]).to.deep.equal([11, 'UNPROVED']);
    expect(found.findings[0]?.path[0]?.flow).to.contain('dl_type=0x88b5');
    await host.ofctl('del-groups', 'br0');
    expect((await report()).report.verdict).to.equal('PROVED');
  });

  it('proves what parking alone keeps apart, and names the reserved VLAN as the exception', async () => {
    const { report: found } = await report('--parking-only');
    expect(found.verdict).to.equal('LEAK');
    const frames = new Set(
      found.findings.map((finding) => finding.frames.replace(/dl_dst not [^,]*( or [^,]*)*, /, '')),
    );
    expect(
      [...frames].every((text) => text.includes('VLAN 4095')),
      [...frames].join('\n'),
    ).to.equal(true);
    // Two isolated ports are protected from each other even there.
    expect(found.findings.some(({ from, to }) => from === 'alice' && to === 'bob')).to.equal(false);
  });

  it('refuses a bridge and a port that are not there, and says which are', async () => {
    const { exitCode, stderr } = await prove('br9');
    expect([exitCode, stderr]).to.deep.equal([2, 'pvlan-agent: no bridge br9 is looked after: name one of br0']);
    expect((await prove('--from', 'nobody')).exitCode).to.equal(2);
  });
});

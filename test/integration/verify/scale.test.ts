import { expect } from 'chai';
import { Lab } from '../../lab/lab.ts';
import { AgentOn } from '../../support/agent-on.ts';

const PORTS = 200;
import { verifyHost } from './verify-host.ts';

describe('verify on a bridge with hundreds of ports', function () {
  this.timeout(240_000);
  let lab: Lab;

  before(async () => {
    lab = await Lab.create();
  });

  after(async () => {
    await lab.close();
  });

  it(`asks about all ${PORTS * (PORTS - 1)} ordered pairs`, async () => {
    const host = await lab.host('a');
    await lab.upstream([host]);
    const names = Array.from({ length: PORTS }, (_, index) => `g${index}`);
    const plugged = names.flatMap((name, index) => {
      const ids = [`attached-mac=02:00:00:00:01:${index.toString(16).padStart(2, '0')}`, `iface-id=${name}`];
      const portgroup = index % 10 === 0 ? 'promisc-2102' : index % 4 === 1 ? 'community-2102-web' : 'isolated-2102';
      const columns = [...ids, `port-profile=${portgroup}`].map((id) => `external_ids:${id}`);
      return ['--', 'add-port', 'br0', name, '--', 'set', 'Interface', name, 'type=dummy', ...columns];
    });
    await host.vsctl(...plugged);
    const agent = await AgentOn.start(host);
    await agent.reached('installed', ...names);
    await agent.stop();

    const report = await verifyHost(host);
    const [group] = report.groups;
    expect(group?.differences.slice(0, 3)).to.deep.equal([]);
    expect(group?.traces).to.be.greaterThan(PORTS * (PORTS - 1));
    const rate = Math.round((group?.traces ?? 0) / (report.milliseconds / 1000));
    process.stdout.write(`      ${group?.traces} traces in ${Math.round(report.milliseconds)} ms, ${rate} a second\n`);
  });
});

import { expect } from 'chai';
import { goals } from '../../../src/agent/goal.ts';
import { guestSources } from '../../../src/agent/guest-sources.ts';
import { survey } from '../../../src/agent/survey.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { parseRemote } from '../../../src/ovsdb/remote.ts';
import { Interrogator } from '../../../src/verify/interrogator.ts';
import { verify } from '../../../src/verify/verify.ts';
import { VswitchDatabase } from '../../../src/vswitch/database.ts';
import { Unixctl } from '../../../src/vswitch/unixctl.ts';
import { Lab } from '../../lab/lab.ts';
import { AgentOn } from '../../support/agent-on.ts';

const PORTS = 200;

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

    const flags = { ovsdb: `unix:${host.dbSocket}`, libvirt: 'none' };
    const config = loadConfig({ env: {}, defaultFile: '/nowhere', flags });
    const database = new VswitchDatabase({ remotes: [parseRemote(`unix:${host.dbSocket}`)] });
    await database.ready({ timeoutMs: 5000 });
    const found = survey(database, () => true, guestSources(config, undefined));
    database.close();
    const daemon = await Interrogator.open(await Unixctl.find(host.rundir));
    try {
      const report = await verify(goals(found, config).values(), daemon);
      const [group] = report.groups;
      expect(group?.differences.slice(0, 3)).to.deep.equal([]);
      expect(group?.traces).to.be.greaterThan(PORTS * (PORTS - 1));
      const rate = Math.round((group?.traces ?? 0) / (report.milliseconds / 1000));
      process.stdout.write(
        `      ${group?.traces} traces in ${Math.round(report.milliseconds)} ms, ${rate} a second\n`,
      );
    } finally {
      daemon.close();
    }
  });
});

import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { run } from '../../lab/run.ts';
import { UPLINK } from '../../lab/upstream.ts';
import { until } from '../../lab/until.ts';
import { updateOften } from '../../support/updates.ts';
import { AgentChild } from '../../chaos/agent-child.ts';
import { useSite } from './site.ts';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';
/** Transactions per `ovsdb-client` call: a command line has its limits. */
const BATCH = 500;

describe('an agent whose database goes away', function () {
  this.timeout(120_000);
  const site = useSite();
  let file: string;

  before(() => {
    file = join(site().host.folder, 'etc', 'conf.db');
  });

  it('lets go of everything when the database is replaced by an empty one, and takes it up when it is put back', async () => {
    const before = await site().flows();
    await site().host.killOvsdb('SIGKILL');
    await site().databaseLost();
    await copyFile(file, `${file}.kept`);
    await run('rm', ['-f', file]);
    await run('ovsdb-tool', ['create', file, SCHEMA]);
    await site().host.startOvsdb();
    await site().host.vsctl('--no-wait', 'init');
    await until('the agent to see no bridge', () => {
      const status = site().agent.agent.status();
      return status.database.connected && status.bridges.length === 0;
    });

    await site().host.killOvsdb('SIGKILL');
    await site().databaseLost();
    await copyFile(`${file}.kept`, file);
    await site().host.startOvsdb();
    await site().settled();
    await until('the flows to be back', async () => (await site().flows()).length === before.length);
    await until('the endpoints to be connected', () => site().guests.every((guest) => guest.connected));
    expect(await site().offences()).to.equal('');
  });

  it('catches up with 10,000 updates that it was too slow to hear of', async () => {
    const uuid = await site().host.vsctl('get', 'Interface', 'g1', '_uuid');
    await site().host.killOvsdb('SIGKILL');
    await site().databaseLost();
    const update = (number: number): object => {
      const where = [['_uuid', '==', ['uuid', uuid]]];
      const key = `note-${number % 50}`;
      const mutations = [
        ['external_ids', 'delete', ['set', [key]]],
        ['external_ids', 'insert', ['map', [[key, `${number}`]]]],
      ];
      return { op: 'mutate', table: 'Interface', where, mutations };
    };
    for (let done = 0; done < 10_000; done += BATCH) {
      const operations = Array.from({ length: BATCH }, (_, index) => update(done + index));
      await run('ovsdb-tool', ['transact', file, JSON.stringify(['Open_vSwitch', ...operations])]);
    }
    await site().host.startOvsdb();
    await site().settled();
    expect(await site().host.vsctl('get', 'Interface', 'g1', 'external_ids:note-49')).to.equal('"9999"');
    expect(await site().offences()).to.equal('');
  });

  it('takes the bridge up again that an operator made anew after the database was lost', async () => {
    const { host, guests } = site();
    await host.killOvsdb('SIGKILL');
    await site().databaseLost();
    await host.emptyDatabase();
    await host.startOvsdb();
    await until('the agent to see no bridge', () => {
      const status = site().agent.agent.status();
      return status.database.connected && status.bridges.length === 0;
    });
    await host.addBridge('br0');
    await host.addDevice('br0', UPLINK);
    for (const guest of guests.splice(0)) guest.close();
    for (const number of [1, 2, 3]) await site().plug(number);
    await site().settled();
    expect(await site().offences()).to.equal('');
  });

  it('closes a guest whose portgroup was changed behind its back, before it opens it as what it is now', async () => {
    await site().host.killOvsdb('SIGKILL');
    const edit = {
      op: 'mutate',
      table: 'Interface',
      where: [['name', '==', 'g2']],
      mutations: [
        ['external_ids', 'delete', ['set', ['port-profile']]],
        ['external_ids', 'insert', ['map', [['port-profile', 'community-2102-red']]]],
      ],
    };
    await run('ovsdb-tool', ['transact', file, JSON.stringify(['Open_vSwitch', edit])]);
    await site().host.startOvsdb();
    await until('the role to be the new one', async () => {
      const role = await site().host.vsctl('--if-exists', 'get', 'Interface', 'g2', 'external_ids:pvlan-role');
      return role.includes('community');
    });
    await site().settled();
    expect(await site().offences()).to.equal('');
  });

  it('hears of births while ovsdb-server stood still', async () => {
    const before = site().guests.length;
    const pid = Number((await run('cat', [join(site().host.rundir, 'ovsdb-server.pid')])).trim());
    process.kill(pid, 'SIGSTOP');
    const born = [site().plug(11), site().plug(12)];
    process.kill(pid, 'SIGCONT');
    await Promise.all(born);
    expect(site().guests.length).to.equal(before + 2);
    await site().settled();
    expect(await site().offences()).to.equal('');
  });
});

describe('an agent that stands still while the database changes', function () {
  this.timeout(120_000);
  const site = useSite({ agent: false });

  it('catches up with 10,000 updates that the server committed meanwhile, over the connection it has', async () => {
    const agent = await AgentChild.start(site().host);
    await agent.settled(['g1', 'g2']);
    agent.signal('SIGSTOP');
    try {
      await updateOften(site().host, 'g1', 10_000);
      await site().plug(3);
      await site().unplug(site().guest(2));
    } finally {
      agent.signal('SIGCONT');
    }
    await agent.settled(['g1', 'g3']);
    expect(await site().host.vsctl('get', 'Interface', 'g1', 'external_ids:note-49')).to.equal('"9999"');
    expect(await site().offences()).to.equal('');
    expect(await agent.words()).not.to.match(/silent|no OVSDB|lost/);
    await agent.kill();
  });
});

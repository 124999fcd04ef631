import { expect } from 'chai';
import { VswitchDatabase } from '../../../src/vswitch/database.ts';
import type { VswitchBatch } from '../../../src/vswitch/typed-change.ts';
import { TestServer, until } from '../ovsdb/server.ts';

describe('the Open_vSwitch database with a running switch', () => {
  let server: TestServer;
  let database: VswitchDatabase;
  const batches: VswitchBatch[] = [];

  before(async () => {
    server = await TestServer.start();
    await server.vsctl('init');
    await server.startSwitch();
    database = new VswitchDatabase({ remotes: [{ kind: 'unix', path: server.socket }] });
    database.changes$.subscribe((batch) => batches.push(batch));
    await database.ready({ timeoutMs: 5000 });
  });

  after(async () => {
    database.close();
    await server.stop();
  });

  it('shows a new bridge with its port and interface in one batch', async () => {
    await server.vsctl('add-br', 'br0', '--', 'set', 'Bridge', 'br0', 'datapath_type=dummy');
    await until('br0 is there', () => database.bridges.size === 1);
    const added = batches.find(({ changes }) => changes.some(({ table }) => table === 'Bridge'));
    const tables = added?.changes.map(({ table, kind }) => `${kind} ${table}`);
    expect(tables).to.include.members(['insert Bridge', 'insert Port', 'insert Interface', 'modify Open_vSwitch']);
  });

  it('resolves applied() once ovs-vswitchd has given the port its number', async () => {
    const [bridge] = database.bridges.values();
    const results = await database.applied([
      { op: 'insert', table: 'Interface', 'uuid-name': 'i', row: { name: 'p1', type: 'dummy' } },
      { op: 'insert', table: 'Port', 'uuid-name': 'p', row: { name: 'p1', interfaces: ['named-uuid', 'i'] } },
      {
        op: 'mutate',
        table: 'Bridge',
        where: [['_uuid', '==', ['uuid', bridge!._uuid]]],
        mutations: [['ports', 'insert', ['named-uuid', 'p']]],
      },
    ]);
    expect(results).to.have.length(3);
    const port = [...database.interfaces.values()].find(({ name }) => name === 'p1');
    expect(port?.ofport).to.be.greaterThan(0);
  });
});

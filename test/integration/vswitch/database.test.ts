import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DisconnectedError, RpcError, TimeoutError } from '../../../src/ovsdb/errors.ts';
import { VswitchDatabase } from '../../../src/vswitch/database.ts';
import type { InterfaceRow } from '../../../src/vswitch/rows.generated.ts';
import type { VswitchBatch } from '../../../src/vswitch/typed-change.ts';
import { Unixctl } from '../../../src/vswitch/unixctl.ts';
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

  it('shows a port that ovs-vswitchd cannot add with ofport -1 and the error', async () => {
    await server.vsctl('add-port', 'br0', 'bad', '--', 'set', 'Interface', 'bad', 'type=nonsense');
    const bad = (): InterfaceRow | undefined => [...database.interfaces.values()].find(({ name }) => name === 'bad');
    await until('the failure is known', () => bad()?.ofport === -1);
    expect(bad()?.error).to.be.a('string');
    await server.vsctl('del-port', 'bad');
    await until('the port is gone', () => bad() === undefined);
  });

  it('asks ovs-vswitchd over its control socket', async () => {
    const unixctl = await Unixctl.find(server.folder);
    expect(await unixctl.call('fdb/show', 'br0')).to.match(/port +VLAN +MAC/i);
    const refused: unknown = await unixctl.call('fdb/show', 'none').catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(RpcError);
    expect(refused).to.have.property('message').that.includes('no such bridge');
  });

  it('says that ovs-vswitchd did not confirm when it is not running, and confirms when it is back', async () => {
    await server.killSwitch();
    const late: unknown = await database.applied([], { timeoutMs: 200 }).catch((error: unknown) => error);
    expect(late).to.be.instanceOf(TimeoutError);
    expect(late).to.have.property('message').that.includes('is it running?');
    const waiting = database.applied([], { timeoutMs: 10_000 });
    await server.startSwitch();
    expect(await waiting).to.deep.equal([]);
  });

  it('ends a wait when it is closed', async () => {
    await server.killSwitch();
    const waiting = database.applied([]).catch((error: unknown) => error);
    const next = database.root?.next_cfg ?? 0;
    await until('it is committed', () => (database.root?.next_cfg ?? 0) > next);
    database.close();
    expect(await waiting).to.be.instanceOf(DisconnectedError);
  });
});

describe('the Open_vSwitch database', () => {
  it('says what is missing in a database that was never initialised', async () => {
    const server = await TestServer.start();
    const database = new VswitchDatabase({ remotes: [{ kind: 'unix', path: server.socket }] });
    await database.ready({ timeoutMs: 5000 });
    const refused: unknown = await database.applied([]).catch((error: unknown) => error);
    database.close();
    await server.stop();
    expect(refused).to.include({ code: 'OVSDB_NO_ROOT' });
  });

  it('does without optional columns of the schema, and refuses a schema without required ones', async () => {
    const schema = await readFile('/usr/share/openvswitch/vswitch.ovsschema', 'utf8');
    const folder = await mkdtemp(join(tmpdir(), 'schema-'));
    const serve = async (column: string): Promise<string> => {
      const file = join(folder, 'vswitch.ovsschema');
      await writeFile(file, schema.replace(`"${column}": {`, `"old_${column}": {`));
      const server = await TestServer.start({ schema: file });
      const database = new VswitchDatabase({ remotes: [{ kind: 'unix', path: server.socket }] });
      const error: unknown = await database.ready({ timeoutMs: 5000 }).catch((thrown: unknown) => thrown);
      database.close();
      await server.stop();
      return error instanceof Error ? error.message : 'ready';
    };
    expect(await serve('datapath_types')).to.equal('ready');
    expect(await serve('protected')).to.include('has no column protected in table Port');
    await rm(folder, { recursive: true });
  });
});

describe('a control socket that cannot be found', () => {
  it('is reported with the folder it was looked for in', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rundir-'));
    const error: unknown = await Unixctl.find(folder).catch((thrown: unknown) => thrown);
    await rm(folder, { recursive: true });
    expect(error).to.have.property('message').that.includes(`${folder} holds no control socket of ovs-vswitchd`);
    const missing: unknown = await Unixctl.find(folder).catch((thrown: unknown) => thrown);
    expect(missing).to.have.property('message').that.includes(`cannot list ${folder}`);
  });
});

import { expect } from 'chai';
import { config } from 'rxjs';
import { CommitError, DisconnectedError, OperationError, RpcError, SchemaError } from '../../../src/ovsdb/errors.ts';
import type { OvsdbSession } from '../../../src/ovsdb/session.ts';
import { TestServer, until } from './server.ts';
import { addBridge, bridgeNamed, record, removeBridge, session } from './sessions.ts';

describe('a session with a real ovsdb-server', () => {
  let server: TestServer;
  let client: OvsdbSession;

  beforeEach(async () => {
    server = await TestServer.start();
    await server.vsctl('init');
    client = session(`unix:${server.socket}`);
    await client.ready({ timeoutMs: 5000 });
  });

  afterEach(async () => {
    client.close();
    await server.stop();
  });

  it('uses the best monitor the server has', () => {
    expect(client.state).to.include({ kind: 'synced', method: 'monitor_cond_since' });
  });

  it('emits each transaction as one batch with old and new rows', async () => {
    const seen = record(client);
    expect(seen.batches.map(({ origin }) => origin)).to.deep.equal(['initial']);
    await client.transact(
      addBridge('br0', {
        external_ids: [
          'map',
          [
            ['a', '1'],
            ['b', '2'],
          ],
        ],
      }),
    );
    await until('the bridge', () => bridgeNamed(client, 'br0') !== undefined);
    expect(seen.batches[1]?.changes.map(({ table, kind }) => `${kind} ${table}`).sort()).to.deep.equal([
      'insert Bridge',
      'modify Open_vSwitch',
    ]);
    await client.transact([
      {
        op: 'mutate',
        table: 'Bridge',
        where: [],
        mutations: [
          ['external_ids', 'delete', ['set', ['a']]],
          ['external_ids', 'insert', ['map', [['c', '3']]]],
          ['flood_vlans', 'insert', ['set', [7, 5]]],
        ],
      },
    ]);
    await until('the change', () => seen.batches.length === 3);
    const [change] = seen.batches[2]!.changes;
    expect(change?.old?.['external_ids']).to.deep.equal(
      new Map([
        ['a', '1'],
        ['b', '2'],
      ]),
    );
    expect(change?.new?.['external_ids']).to.deep.equal(
      new Map([
        ['b', '2'],
        ['c', '3'],
      ]),
    );
    expect(change?.new?.['flood_vlans']).to.deep.equal([5, 7]);
    await client.transact(removeBridge({ rows: client.rows('Bridge') }, 'br0'));
    await until('the delete', () => client.rows('Bridge').size === 0);
    expect(seen.batches[3]?.changes.map(({ table, kind }) => `${kind} ${table}`).sort()).to.deep.equal([
      'delete Bridge',
      'modify Open_vSwitch',
    ]);
  });

  it('gives a late subscriber the whole content first', async () => {
    await client.transact(addBridge('br0'));
    await until('the bridge', () => client.rows('Bridge').size === 1);
    const late = record(client);
    expect(late.batches).to.have.length(1);
    expect(
      late
        .changes()
        .map(({ kind, table }) => `${kind} ${table}`)
        .sort(),
    ).to.deep.equal(['insert Bridge', 'insert Open_vSwitch']);
  });

  it('keeps 64-bit integers exact', async () => {
    await client.transact([{ op: 'update', table: 'Open_vSwitch', where: [], row: { next_cfg: 2n ** 63n - 2n } }]);
    await client.transact([{ op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['next_cfg', '+=', 1]] }]);
    const root = () => [...client.rows('Open_vSwitch').values()][0];
    await until('the last integer', () => root()?.['next_cfg'] === 2n ** 63n - 1n);
  });

  it('reports the operation that failed', async () => {
    const failure = await client
      .transact([
        { op: 'comment', comment: 'fine' },
        { op: 'update', table: 'Bridge', where: [], row: { no_such_column: 1 } },
        { op: 'comment', comment: 'not reached' },
      ])
      .catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(OperationError);
    expect(failure).to.include({ operationIndex: 1, error: 'unknown column', code: 'OVSDB_OPERATION' });
  });

  it('reports a commit that failed although its operations succeeded', async () => {
    const dangling = ['uuid', '01234567-89ab-cdef-0123-456789abcdef'];
    const failure = await client
      .transact([{ op: 'update', table: 'Open_vSwitch', where: [], row: { bridges: dangling } }])
      .catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(CommitError);
    expect(failure).to.include({ error: 'referential integrity violation' });
  });

  it('counts no rows when the row has vanished', async () => {
    const gone = ['uuid', '01234567-89ab-cdef-0123-456789abcdef'];
    const [result] = await client.transact([
      { op: 'update', table: 'Bridge', where: [['_uuid', '==', gone]], row: { stp_enable: true } },
    ]);
    expect(result).to.deep.equal({ count: 0 });
  });

  it('survives a crash of the server and sees nothing change when nothing changed', async () => {
    await client.transact(addBridge('br0'));
    const seen = record(client);
    await server.kill();
    await until('disconnected', () => client.state.kind === 'disconnected');
    const refused = await client.transact([{ op: 'comment', comment: 'x' }]).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(DisconnectedError);
    expect(client.rows('Bridge').size).to.equal(1);
    await server.up();
    await client.ready({ timeoutMs: 5000 });
    expect(seen.batches).to.have.length(1);
    await client.transact(addBridge('br1'));
    await until('the next change', () => client.rows('Bridge').size === 2);
  });

  it('emits the difference, deletes included, when the server comes back with other content', async () => {
    await client.transact(addBridge('br0'));
    await client.transact(addBridge('br1'));
    await until('both bridges', () => client.rows('Bridge').size === 2);
    const seen = record(client);
    await server.kill();
    await server.reset();
    await server.up();
    await server.vsctl('init');
    await until('the old bridges are gone', () => client.rows('Bridge').size === 0);
    const kinds = seen.batches
      .slice(1)
      .flatMap(({ origin, changes }) => changes.map(({ table, kind }) => `${origin} ${kind} ${table}`));
    expect(kinds.filter((text) => text === 'resync delete Bridge')).to.have.length(2);
    expect(kinds).to.include('resync delete Open_vSwitch');
    await until('the new root', () => client.rows('Open_vSwitch').size === 1);
  });

  it('follows a backlog of thousands of updates', async () => {
    const other = session(`unix:${server.socket}`);
    await other.ready({ timeoutMs: 5000 });
    await client.transact(addBridge('br0'));
    const writes = Array.from({ length: 3000 }, (_, index) =>
      other.transact([
        { op: 'update', table: 'Bridge', where: [], row: { external_ids: ['map', [['n', String(index)]]] } },
      ]),
    );
    await Promise.all(writes);
    await until('the last update', () => {
      const ids = bridgeNamed(client, 'br0')?.['external_ids'];
      return ids instanceof Map && ids.get('n') === '2999';
    });
    other.close();
  });

  it('is not harmed by a listener that throws', async () => {
    const reported: unknown[] = [];
    config.onUnhandledError = (error) => reported.push(error);
    try {
      client.changes$.subscribe(() => {
        throw new Error('listener');
      });
      const seen = record(client);
      await client.transact(addBridge('br0'));
      await client.transact(addBridge('br1'));
      await until('both bridges', () => seen.batches.length === 3);
      await until('each error is reported', () => reported.length === 3);
      expect(client.state.kind).to.equal('synced');
    } finally {
      config.onUnhandledError = null;
    }
  });

  it('shows only rows that fulfil its conditions, and follows a change of them over a reconnect', async () => {
    await client.transact(addBridge('br0'));
    await client.transact(addBridge('br1'));
    const seen = record(client);
    await client.setConditions({ Bridge: [['name', '==', 'br1']] });
    await until('br0 is out of sight', () => bridgeNamed(client, 'br0') === undefined);
    expect(seen.changes().some(({ kind, old }) => kind === 'delete' && old['name'] === 'br0')).to.equal(true);
    await server.kill();
    await until('disconnected', () => client.state.kind !== 'synced');
    await server.up();
    await client.ready({ timeoutMs: 5000 });
    expect([...client.rows('Bridge').values()].map((row) => row['name'])).to.deep.equal(['br1']);
    await client.setConditions({ Bridge: [] });
    await until('br0 is back', () => bridgeNamed(client, 'br0') !== undefined);
  });

  it('does not take its own busy spell for a dead server', async () => {
    const probing = session(`unix:${server.socket}`, { probeIntervalMs: 40 });
    await probing.ready({ timeoutMs: 5000 });
    const states: string[] = [];
    probing.state$.subscribe(({ kind }) => states.push(kind));
    for (let spell = 0; spell < 12; spell++) {
      // Spells begin at different moments of the probing cycle, in some of them with a probe under way.
      const begin = performance.now() + 40 + spell;
      await until('the spell begins', () => performance.now() >= begin);
      const end = performance.now() + 90;
      while (performance.now() < end);
    }
    probing.close();
    expect(states).to.deep.equal(['synced', 'closed']);
  });

  it('does not miss an answer that came while it was busy itself', async () => {
    const answer = client.transact([{ op: 'comment', comment: 'x' }], { timeoutMs: 50 });
    await new Promise((resolve) => setImmediate(resolve));
    const end = performance.now() + 150;
    while (performance.now() < end);
    expect(await answer).to.deep.equal([{}]);
  });

  it('applies conditions that were changed during its handshake, and forgets those the server refuses', async () => {
    await client.transact(addBridge('br0'));
    await client.transact(addBridge('br1'));
    const early = session(`unix:${server.socket}`);
    const changed = new Promise<void>((resolve) => {
      early.state$.subscribe(({ kind }) => {
        // One turn later the handshake has asked for the schema; a few later, for the content.
        if (kind === 'connected')
          setImmediate(() => {
            resolve(early.setConditions({ Bridge: [['name', '==', 'br1']] }));
          });
      });
    });
    await changed;
    await early.ready({ timeoutMs: 5000 });
    await until('only br1 is seen', () => early.rows('Bridge').size === 1 && bridgeNamed(early, 'br1') !== undefined);
    const refused: unknown = await early
      .setConditions({ Bridge: [['nonsense', '==', 1]] })
      .catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(RpcError);
    await server.kill();
    await until('disconnected', () => early.state.kind !== 'synced');
    await server.up();
    await early.ready({ timeoutMs: 5000 });
    expect(early.rows('Bridge').size).to.equal(1);
    early.close();
  });

  it('says at once that the schema has no such column', async () => {
    const wrong = session(`unix:${server.socket}`, { monitor: { Bridge: { columns: ['nonsense'] } } });
    const failure = await wrong.ready({ timeoutMs: 5000 }).catch((error: unknown) => error);
    wrong.close();
    expect(failure).to.be.instanceOf(SchemaError);
    expect((failure as Error).message).to.match(
      /^the server's Open_vSwitch schema \S+ has no column nonsense of table Bridge$/,
    );
  });
});

describe('a lock', () => {
  let server: TestServer;
  let first: OvsdbSession;
  let second: OvsdbSession;

  beforeEach(async () => {
    server = await TestServer.start();
    first = session(`unix:${server.socket}`);
    second = session(`unix:${server.socket}`);
    await Promise.all([first.ready({ timeoutMs: 5000 }), second.ready({ timeoutMs: 5000 })]);
  });

  afterEach(async () => {
    first.close();
    second.close();
    await server.stop();
  });

  it('is held by one client and passes to the next when released', async () => {
    const one = first.lock('agent');
    await until('the first has it', () => one.held);
    const two = second.lock('agent');
    const refused = await second.transact([{ op: 'assert', lock: 'agent' }]).catch((error: unknown) => error);
    expect(refused).to.include({ error: 'not owner' });
    expect(two.held).to.equal(false);
    await first.transact([{ op: 'assert', lock: 'agent' }]);
    one.release();
    await until('the second has it', () => two.held);
  });

  it('passes on when its holder disconnects', async () => {
    const one = first.lock('agent');
    await until('the first has it', () => one.held);
    const two = second.lock('agent');
    first.close();
    await until('the second has it', () => two.held);
  });

  it('can be stolen, and returns when the thief releases it', async () => {
    const one = first.lock('agent');
    const held: boolean[] = [];
    one.held$.subscribe((value) => held.push(value));
    await until('the first has it', () => one.held);
    const thief = second.lock('agent', { steal: true });
    await until('it is stolen', () => thief.held && !one.held);
    thief.release();
    await until('it is back', () => one.held);
    expect(held).to.deep.equal([false, true, false, true]);
  });

  it('is lost with the connection and asked for again after it', async () => {
    const one = first.lock('agent');
    await until('the first has it', () => one.held);
    await server.kill();
    await until('it is lost', () => !one.held);
    await server.up();
    await until('it is back', () => one.held);
  });
});

import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import type { OvsdbSession } from '../../../src/ovsdb/session.ts';
import type { OvsdbSessionOptions } from '../../../src/ovsdb/session-options.ts';
import { Cluster, type ClusterServer } from './cluster.ts';
import { until } from './server.ts';
import { record, session } from './sessions.ts';

const column = (type: string) => ({ type });
const schema = (version: string, more = {}): string =>
  JSON.stringify({
    name: 'Things',
    version,
    tables: {
      Thing: {
        columns: { name: column('string'), value: column('integer'), ...more },
        indexes: [['name']],
        isRoot: true,
      },
      Other: { columns: { name: column('string') }, isRoot: true },
    },
  });

describe('a session with a cluster', () => {
  let cluster: Cluster;
  let clients: OvsdbSession[] = [];

  const open = (remotes = cluster.remotes, options: Partial<OvsdbSessionOptions> = {}): OvsdbSession => {
    const client = session(remotes, {
      database: 'Things',
      monitor: { Thing: { columns: ['name', 'value'] }, Other: { columns: ['name'], monitor: 'others' } },
      cluster: 'any',
      probeIntervalMs: 300,
      patienceMs: 600,
      connectTimeoutMs: 2000,
      ...options,
    });
    clients.push(client);
    return client;
  };
  const synced = async (client: OvsdbSession): Promise<void> => {
    await client.ready({ timeoutMs: 15_000 });
  };
  const at = (client: OvsdbSession): string => ('remote' in client.state ? client.state.remote : '');
  const put = (client: OvsdbSession, name: string, value = 0): Promise<unknown> =>
    client.transact([{ op: 'insert', table: 'Thing', row: { name, value } }]);
  const names = (client: OvsdbSession, table = 'Thing'): unknown[] =>
    Array.from(client.rows(table).values(), (row) => row['name']).sort();
  const serverAt = (client: OvsdbSession): ClusterServer => {
    const found = cluster.members.find(({ remote }) => remote === at(client));
    if (found === undefined) throw new Error(`no member is at ${at(client)}`);
    return found;
  };
  /** Waits until it is synced with another server than `left`. */
  const elsewhere = async (client: OvsdbSession, left: string): Promise<void> => {
    await until(`it has left ${left}`, () => client.state.kind === 'synced' && at(client) !== left, 15_000);
  };

  before(async function () {
    this.timeout(40_000);
    cluster = await Cluster.start({ schema: schema('1.0.0') });
  });

  afterEach(async () => {
    for (const client of clients) client.close();
    clients = [];
    await cluster.whole();
  });

  after(() => cluster.stop());

  it('follows two monitors of one database, each by itself, and refuses a change of conditions over both', async () => {
    const client = open();
    await synced(client);
    await client.transact([
      { op: 'insert', table: 'Thing', row: { name: 'both', value: 1 } },
      { op: 'insert', table: 'Other', row: { name: 'other' } },
    ]);
    await until('both', () => names(client).includes('both') && names(client, 'Other').includes('other'));
    await client.setConditions({ Thing: [['name', '==', 'nothing']] });
    expect([names(client), names(client, 'Other')]).to.deep.equal([[], ['other']]);
    const refused = await client.setConditions({ Thing: [], Other: [] }).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Error).with.property('code', 'OVSDB_VALUE');
  });

  it('tries the remotes in another order each time', async () => {
    const found = new Set<string>();
    for (let attempt = 0; attempt < 40 && found.size < 3; attempt++) {
      const client = open();
      await synced(client);
      found.add(at(client));
      client.close();
    }
    expect(found.size).to.equal(3);
  });

  it('goes to another member when its own is killed, and is told only what it had not seen', async () => {
    const client = open();
    await synced(client);
    await put(client, 'before');
    const seen = record(client);
    const [left, server] = [at(client), serverAt(client)];
    await server.kill();
    const writer = open(cluster.remotes.filter((remote) => remote !== left));
    await synced(writer);
    await put(writer, 'meanwhile');
    await elsewhere(client, left);
    await until('the row', () => names(client).includes('meanwhile'));
    const told = seen.batches.filter(({ origin }) => origin !== 'initial').flatMap(({ changes }) => changes);
    expect(told.map((change) => [change.kind, change.new?.['name']])).to.deep.equal([['insert', 'meanwhile']]);
    await server.up();
  });

  it('leaves one that is stopped, although it listens on this host', async () => {
    const client = open();
    await synced(client);
    const [left, server] = [at(client), serverAt(client)];
    server.signal('SIGSTOP');
    await elsewhere(client, left);
    server.signal('SIGCONT');
  });

  it('leaves one that is cut off from the others, and does not come back while it is behind', async function () {
    this.timeout(40_000);
    const server = await cluster.follower();
    const client = open([server.remote]);
    await synced(client);
    await server.appctl('cluster/failure-test', 'stop-raft-rpc');
    const writer = open(cluster.remotes.filter((remote) => remote !== server.remote));
    await synced(writer);
    let why = '';
    client.state$.subscribe((state) => {
      if (state.kind === 'disconnected') why ||= state.error.message;
    });
    await until('it is left', () => why !== '', 15_000);
    expect(why).to.contain('cut off from the majority');
    await put(writer, 'unseen by the one that is cut off');
    expect(names(client)).not.to.include('unseen by the one that is cut off');
    await server.kill();
    await server.up();
    await synced(client);
    await until('the row', () => names(client).includes('unseen by the one that is cut off'));
  });

  it('refuses a member that was restored from an old backup', async function () {
    this.timeout(40_000);
    const server = await cluster.follower();
    const backup = server.path('backup');
    await server.kill();
    await copyFile(server.database, backup);
    await server.up();
    await cluster.whole();
    const client = open();
    await synced(client);
    for (let n = 0; n < 5; n++) await put(client, `after the backup ${n}`);
    // Alone with its old content: its peers cannot be reached, as after a restore in another place.
    for (const member of cluster.members) await member.kill();
    await copyFile(backup, server.database);
    await server.up();
    let whys = new Set<string>();
    client.state$.subscribe((state) => {
      if (state.kind === 'disconnected') whys = new Set([...whys, state.error.message]);
    });
    await until('it is refused', () => [...whys].some((why) => /cut off|behind/.test(why)), 15_000);
    expect(names(client)).to.include('after the backup 4');
    for (const member of cluster.members) if (member !== server) await member.up();
    await synced(client);
    expect(names(client)).to.include('after the backup 4');
    await rm(backup);
  });

  it('writes to members only where that is asked for, and reads from a relay', async () => {
    const relay = await cluster.relay();
    const reader = open([relay.remote]);
    await synced(reader);
    const writer = open([relay.remote], { cluster: 'member' });
    const refused = await writer.ready({ timeoutMs: 1500 }).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Error).with.property('code', 'OVSDB_UNFIT');
    const leader = open(cluster.remotes, { cluster: 'leader' });
    await synced(leader);
    expect(at(leader)).to.equal((await cluster.leader()).remote);
    await put(leader, 'by the leader');
    await until('the relay tells it', () => names(reader).includes('by the leader'));
  });

  it('follows a converted schema without a new connection', async () => {
    const client = open();
    await synced(client);
    const kinds: string[] = [];
    client.state$.subscribe(({ kind }) => kinds.push(kind));
    const file = join(cluster.folder, 'schema2');
    await writeFile(file, schema('2.0.0', { more: column('string') }));
    await execa('ovsdb-client', ['convert', at(client), file]);
    await until('the new schema', () => client.state.kind === 'synced' && client.state.schemaVersion === '2.0.0');
    expect(kinds).not.to.include('disconnected');
    await put(client, 'after the conversion');
    await until('the row', () => names(client).includes('after the conversion'));
  });

  it('takes up a cluster that was rebuilt, and tells the difference alone', async function () {
    this.timeout(60_000);
    const client = open();
    await synced(client);
    await put(client, 'kept');
    await until('the row', () => names(client).includes('kept'));
    const seen = record(client);
    const standalone = join(cluster.folder, 'standalone');
    const [first] = cluster.members;
    await execa('ovsdb-client', ['backup', first?.remote ?? ''], { stdout: { file: standalone } });
    await put(client, 'lost with the old cluster');
    await cluster.build(standalone);
    await until(
      'synced',
      () => client.state.kind === 'synced' && !names(client).includes('lost with the old cluster'),
      15_000,
    );
    const told = seen.batches.filter(({ origin }) => origin === 'resync').flatMap(({ changes }) => changes);
    expect(told.map((change) => change.kind)).to.deep.equal(['delete']);
    expect(names(client)).to.include('kept');
  });
});

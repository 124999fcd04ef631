import { expect } from 'chai';
import fc from 'fast-check';
import { OperationError, ValueError } from '../../../src/ovsdb/errors.ts';
import { stringMap } from '../../../src/ovsdb/operation.ts';
import type { OvsdbSession } from '../../../src/ovsdb/session.ts';
import type { SessionState } from '../../../src/ovsdb/session-state.ts';
import { listeningPort } from './remotes.ts';
import { TestServer, until } from './server.ts';
import { addBridge, bridgeNamed, session } from './sessions.ts';

/** Short, so that a server that stands still for a second stands for one that does for minutes. */
const probeIntervalMs = 50;

function states(client: OvsdbSession): SessionState[] {
  const seen: SessionState[] = [];
  client.state$.subscribe((state) => seen.push(state));
  return seen;
}

const answering = (client: OvsdbSession): boolean =>
  (client.state.kind === 'connected' || client.state.kind === 'synced') && client.state.answering;

describe('a real ovsdb-server that stands still', () => {
  let server: TestServer;
  let client: OvsdbSession;

  beforeEach(async () => {
    server = await TestServer.start({ remotes: ['ptcp:0:127.0.0.1'] });
    await server.vsctl('init');
  });

  afterEach(async () => {
    client.close();
    server.resume();
    await server.stop();
  });

  it('during the handshake keeps its connection, over a unix socket, and is synced when it goes on', async () => {
    server.pause();
    client = session(`unix:${server.socket}`, { probeIntervalMs });
    const seen = states(client);
    await until('it is told not to answer', () => client.state.kind === 'connected' && !answering(client));
    const begun = performance.now();
    await until('many probes could have been sent', () => performance.now() - begun > 10 * probeIntervalMs);
    server.resume();
    await client.ready({ timeoutMs: 5000 });
    expect(seen.map(({ kind }) => kind).filter((kind) => kind !== 'connecting')).to.deep.equal([
      'connected',
      'connected',
      'connected',
      'synced',
    ]);
  });

  it('during the handshake keeps its connection, over TCP, and is synced when it goes on', async () => {
    const remote = `tcp:127.0.0.1:${await listeningPort(server)}`;
    server.pause();
    client = session(remote, { probeIntervalMs });
    const seen = states(client);
    await until('connected', () => client.state.kind === 'connected');
    const begun = performance.now();
    await until('many probes could have been sent', () => performance.now() - begun > 10 * probeIntervalMs);
    server.resume();
    await client.ready({ timeoutMs: 5000 });
    expect(seen.map(({ kind }) => kind).filter((kind) => kind !== 'connecting')).to.deep.equal(['connected', 'synced']);
  });

  it('is given up over TCP when it owes nothing, or what it owes is long overdue', async () => {
    const remote = `tcp:127.0.0.1:${await listeningPort(server)}`;
    client = session(remote, { probeIntervalMs, patienceMs: 400 });
    await client.ready({ timeoutMs: 5000 });
    const seen = states(client);
    server.pause();
    await until('the idle connection is given up', () => seen.some(({ kind }) => kind === 'disconnected'));
    const errors = (): string[] =>
      seen.flatMap((state) => (state.kind === 'disconnected' ? [state.error.message] : []));
    await until('its handshake is given up', () => errors().length === 2);
    const silence = errors().map((message) => Number(/silent for (\d+) ms/.exec(message)?.[1]));
    expect(silence[0]).to.be.within(2 * probeIntervalMs, 350);
    expect(silence[1]).to.be.at.least(400);
  });

  it('while it commits is waited for: the outcome is known', async () => {
    client = session(`unix:${server.socket}`, { probeIntervalMs });
    await client.ready({ timeoutMs: 5000 });
    const seen = states(client);
    server.pause();
    const outcome = client.transact(addBridge('br0'));
    await until('it is told not to answer', () => !answering(client));
    server.resume();
    expect(await outcome).to.have.length(2);
    await until('it is told to answer', () => answering(client));
    await until('the bridge', () => bridgeNamed(client, 'br0') !== undefined);
    expect(seen.every(({ kind }) => kind === 'synced')).to.equal(true);
  });
});

describe('any values that a transaction may hold', () => {
  let server: TestServer;
  let client: OvsdbSession;

  before(async () => {
    server = await TestServer.start();
    await server.vsctl('init');
    client = session(`unix:${server.socket}`);
    await client.ready({ timeoutMs: 5000 });
    await client.transact(addBridge('br0'));
  });

  after(async () => {
    client.close();
    await server.stop();
  });

  it('are kept as they are or refused, and never cost the connection', async () => {
    const half = fc.constantFrom('\ud800', '\udfff', '\0', '\ud83c\udf01', '\\u0000', '\u2028', '');
    const text = fc
      .array(fc.oneof(half, fc.string({ unit: 'binary' })), { maxLength: 3 })
      .map((parts) => parts.join(''));
    const integer = fc.oneof(fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }), fc.maxSafeInteger(), fc.double());
    const seen = states(client);
    const kept: unknown[] = [];
    await fc.assert(
      fc.asyncProperty(fc.dictionary(text, text, { maxKeys: 2 }), integer, async (ids, number) => {
        const failure: unknown = await client
          .transact([
            { op: 'update', table: 'Bridge', where: [], row: { external_ids: stringMap(ids) } },
            { op: 'update', table: 'Open_vSwitch', where: [], row: { next_cfg: number } },
          ])
          .then(
            () => undefined,
            (error: unknown) => error,
          );
        expect(client.state).to.include({ kind: 'synced' });
        if (failure !== undefined) {
          // What has another type than the column's is for the server to refuse; nothing else gets that far.
          if (failure instanceof OperationError) expect(typeof number).to.equal('number');
          else expect(failure).to.be.instanceOf(ValueError);
          return;
        }
        const [bridge, root] = await client.transact([
          { op: 'select', table: 'Bridge', where: [], columns: ['external_ids'] },
          { op: 'select', table: 'Open_vSwitch', where: [], columns: ['next_cfg'] },
        ]);
        const [, pairs] = bridge!.rows![0]!['external_ids'] as [string, [string, string][]];
        expect(new Map(pairs)).to.deep.equal(new Map(Object.entries(ids)));
        expect(BigInt(root!.rows![0]!['next_cfg'] as number)).to.equal(BigInt(number));
        kept.push(number);
      }),
      { numRuns: 300 },
    );
    expect(seen).to.have.length(1);
    expect(kept.length).to.be.greaterThan(20);
  });
});

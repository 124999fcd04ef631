import { expect } from 'chai';
import { RpcError, TimeoutError, ValueError } from '../../../src/ovsdb/errors.ts';
import type { Json } from '../../../src/ovsdb/json-value.ts';
import { OvsdbSession } from '../../../src/ovsdb/session.ts';
import type { OvsdbSessionOptions } from '../../../src/ovsdb/session-options.ts';
import { until } from '../../integration/ovsdb/server.ts';
import { MockServer, serving, type Answer } from './mock-server.ts';

const uuid = '01234567-89ab-cdef-0123-456789abcdef';
const other = '11234567-89ab-cdef-0123-456789abcdef';
const zero = '00000000-0000-0000-0000-000000000000';
const whole = { name: 'one', tags: ['set', [1, 2]], ids: ['map', [['a', 'b']]], size: ['set', []] };

describe('a session with an unusual server', () => {
  let server: MockServer;
  let client: OvsdbSession;

  async function open(answer: Answer, options: Partial<OvsdbSessionOptions> = {}): Promise<void> {
    server = await MockServer.start(answer);
    client = new OvsdbSession({
      remotes: [{ kind: 'unix', path: server.path }],
      database: 'Mock',
      monitor: { Thing: { columns: ['name', 'tags', 'ids', 'size'], where: [['name', '!=', '']] } },
      minBackoffMs: 20,
      maxBackoffMs: 50,
      ...options,
    });
  }

  afterEach(async () => {
    client.close();
    await server.stop();
  });

  const things = (): unknown[] => [...client.rows('Thing').values()];
  const update = (method: string, ...params: Json[]): void => {
    server.peers.at(-1)?.send({ id: null, method, params: ['replica', ...params] });
  };
  const disconnected = async (): Promise<string> => {
    let message = '';
    const states = client.state$.subscribe((state) => {
      if (state.kind === 'disconnected') message ||= state.error.message;
    });
    await until('disconnected', () => message !== '');
    states.unsubscribe();
    return message;
  };

  it('falls back to "monitor", the only method RFC 7047 knows', async () => {
    await open(serving({ monitor: { Thing: { [uuid]: { new: whole } } } }));
    await client.ready({ timeoutMs: 2000 });
    expect(client.state).to.include({ method: 'monitor' });
    const methods = server.peers[0]!.received.map((message) => ('method' in message ? message.method : ''));
    expect(methods).to.deep.equal(['get_schema', 'monitor_cond_since', 'monitor_cond', 'monitor']);
    expect(server.peers[0]!.received.at(-1)).to.deep.include({
      params: ['Mock', 'replica', { Thing: [{ columns: ['name', 'tags', 'ids', 'size'] }] }],
    });
    update('update', { Thing: { [uuid]: { old: { size: ['set', []] }, new: { ...whole, size: 5 } } } });
    update('update', { Thing: { [other]: { new: { ...whole, name: 'two' } } } });
    await until('both rows', () => things().length === 2);
    expect(things()[0]).to.deep.include({ name: 'one', size: 5, tags: [1, 2] });
    update('update', { Thing: { [other]: { old: whole } } });
    await until('the delete', () => things().length === 1);
  });

  it('falls back to "monitor_cond" and takes update2', async () => {
    await open(serving({ monitor_cond: { Thing: { [uuid]: { initial: { name: 'one', tags: 1 } } } } }));
    await client.ready({ timeoutMs: 2000 });
    expect(client.state).to.include({ method: 'monitor_cond' });
    expect(things()).to.deep.equal([{ name: 'one', tags: [1], ids: new Map(), size: undefined }]);
    update('update2', { Thing: { [uuid]: { modify: { tags: ['set', [1, 2]], ids: ['map', [['a', 'b']]] } } } });
    await until('the change', () => client.rows('Thing').values().next().value?.['ids'] instanceof Map);
    await until('the tags', () => JSON.stringify(things()).includes('"tags":[2]'));
  });

  it('goes on from the last transaction where the server keeps a history', async () => {
    const content: Record<string, Json> = {
      monitor_cond_since: [false, uuid, { Thing: { [uuid]: { initial: { name: 'one' } } } }],
    };
    await open(serving(content));
    await client.ready({ timeoutMs: 2000 });
    update('update3', other, { Thing: { [other]: { insert: { name: 'two' } } } });
    await until('the second row', () => things().length === 2);
    content['monitor_cond_since'] = [true, other, { Thing: { [uuid]: { delete: null } } }];
    server.peers[0]!.socket.destroy();
    await until('a new connection', () => server.peers.length === 2);
    await client.ready({ timeoutMs: 2000 });
    const asked = server.peers[1]!.received.find((message) => 'method' in message && message.method !== 'get_schema');
    expect(asked).to.have.nested.property('params[3]', other);
    expect(things()).to.deep.equal([{ name: 'two', tags: [], ids: new Map(), size: undefined }]);
  });

  it('starts from the whole content after an update it cannot apply', async () => {
    await open(serving({ monitor_cond_since: [false, uuid, {}] }));
    await client.ready({ timeoutMs: 2000 });
    update('update3', other, { Thing: { [uuid]: { modify: { name: 'x' } } } });
    expect(await disconnected()).to.include('which it never sent');
    await until('a new connection', () => (server.peers[1]?.received.length ?? 0) >= 2);
    expect(server.peers[1]!.received[1]).to.have.nested.property('params[3]', zero);
  });

  it('applies updates that arrive in the same chunk as the reply they follow', async () => {
    await open((method, _params, peer) => {
      if (method === 'get_schema') return serving({})(method, _params, peer);
      const id = peer.received.length - 1;
      const reply = { id, error: null, result: [false, zero, { Thing: { [uuid]: { initial: { name: 'one' } } } }] };
      const next = { id: null, method: 'update3', params: ['replica', zero, { Thing: { [uuid]: { delete: null } } }] };
      peer.socket.write(JSON.stringify(reply) + JSON.stringify(next));
      return undefined;
    });
    await client.ready({ timeoutMs: 2000 });
    expect(client.state.kind).to.equal('synced');
    expect(things()).to.deep.equal([]);
  });

  it('connects anew when the server cancels the monitor', async () => {
    await open(serving({ monitor_cond: {} }));
    await client.ready({ timeoutMs: 2000 });
    update('monitor_canceled');
    expect(await disconnected()).to.include('ended the monitor');
    await until('synced again', () => client.state.kind === 'synced');
  });

  it('understands errors that are objects and replies without a result', async () => {
    const error = { error: 'permission error', details: 'no role' };
    await open((method, params, peer) =>
      method === 'transact' ? { error } : serving({ monitor: {} })(method, params, peer),
    );
    await client.ready({ timeoutMs: 2000 });
    const failure: unknown = await client.transact([{ op: 'abort' }]).catch((thrown: unknown) => thrown);
    expect(failure).to.be.instanceOf(RpcError);
    expect(failure).to.include({ error: 'permission error', details: 'no role' });
  });

  it('gives a transaction up that is not answered in time, and goes on', async () => {
    await open(serving({ monitor: {} }));
    await client.ready({ timeoutMs: 2000 });
    server.peers[0]!.socket.removeAllListeners('data');
    const failure: unknown = await client
      .transact([{ op: 'abort' }], { timeoutMs: 20 })
      .catch((thrown: unknown) => thrown);
    expect(failure).to.be.instanceOf(TimeoutError);
    expect(client.state.kind).to.equal('synced');
  });

  it('answers echo, and refuses any other request', async () => {
    await open(serving({ monitor: {} }));
    await client.ready({ timeoutMs: 2000 });
    const [peer] = server.peers;
    peer?.send({ id: 'echo', method: 'echo', params: ['x'] });
    peer?.send({ id: 7, method: 'reboot', params: [] });
    await until(
      'both answers',
      () => peer?.received.filter(({ kind }) => kind === 'result' || kind === 'error').length === 2,
    );
    expect(peer?.received.slice(-2)).to.deep.equal([
      { kind: 'result', id: 'echo', result: ['x'] },
      { kind: 'error', id: 7, error: 'unknown method' },
    ]);
  });

  const hostile: [string, (peer: { socket: { write(data: string): unknown } }) => void, string][] = [
    ['garbage', ({ socket }) => socket.write('HTTP/1.1 400 Bad Request\r\n'), 'where a JSON object should begin'],
    ['huge nesting', ({ socket }) => socket.write(`{"a":${'['.repeat(5000)}`), 'nested deeper'],
    ['a never-ending message', ({ socket }) => socket.write(`{"a":"${'x'.repeat(40_000)}`), 'larger than 10000 bytes'],
    ['broken JSON', ({ socket }) => socket.write('{"a":nonsense}'), 'not JSON'],
    ['no kind of message', ({ socket }) => socket.write('{"id":5}'), 'neither request, reply nor error'],
    [
      'a table nobody asked for',
      ({ socket }) =>
        socket.write(`{"id":null,"method":"update2","params":["replica",{"X":{"${uuid}":{"delete":null}}}]}`),
      'not monitored',
    ],
    [
      'malformed updates',
      ({ socket }) => socket.write('{"id":null,"method":"update2","params":[]}'),
      'malformed table updates',
    ],
    [
      'a set with an element twice',
      ({ socket }) =>
        socket.write(
          `{"id":null,"method":"update2","params":["replica",{"Thing":{"${uuid}":{"insert":{"tags":["set",[1,1]]}}}}]}`,
        ),
      'an element twice',
    ],
    [
      'an integer of more than 64 bits',
      ({ socket }) =>
        socket.write(
          `{"id":null,"method":"update2","params":["replica",{"Thing":{"${uuid}":{"insert":{"size":9223372036854775808}}}}]}`,
        ),
      'more than 64 bits',
    ],
    [
      'a value of another type',
      ({ socket }) =>
        socket.write(`{"id":null,"method":"update2","params":["replica",{"Thing":{"${uuid}":{"insert":{"name":5}}}}]}`),
      'not of type string',
    ],
  ];
  for (const [what, attack, reason] of hostile) {
    it(`closes a connection that sends ${what}, and tries again`, async () => {
      await open(serving({ monitor: {} }), { limits: { maxMessageBytes: 10_000, maxDepth: 20 } });
      await client.ready({ timeoutMs: 2000 });
      attack(server.peers[0]!);
      expect(await disconnected()).to.include(reason);
      await until('synced again', () => server.peers.length === 2 && client.state.kind === 'synced');
      expect(things()).to.deep.equal([]);
    });
  }

  it('closes a connection that asks for answers and does not read them', async () => {
    await open(serving({ monitor: {} }));
    await client.ready({ timeoutMs: 2000 });
    const [peer] = server.peers;
    peer?.socket.pause();
    const echo = JSON.stringify({ id: 'echo', method: 'echo', params: ['x'.repeat(2 ** 20)] });
    for (let count = 0; count < 80; count++) peer?.socket.write(echo);
    expect(await disconnected()).to.include('does not read what it is sent');
  });

  it('probes a silent server of this host, and tells that it does not answer until it does', async () => {
    const silent: Answer = (method, params, peer) =>
      method === 'echo' ? undefined : serving({ monitor: {} })(method, params, peer);
    await open(silent, { probeIntervalMs: 100 });
    await client.ready({ timeoutMs: 2000 });
    expect(client.state).to.include({ answering: true });
    await until('it is told', () => client.state.kind === 'synced' && !client.state.answering);
    server.peers[0]!.socket.write(' ');
    await until('it is taken back', () => client.state.kind === 'synced' && client.state.answering);
    expect(server.peers).to.have.length(1);
    const probes = server.peers[0]!.received.filter((message) => 'method' in message && message.method === 'echo');
    expect(probes).to.have.length(1);
  });

  it('waits longer before each new attempt while the content never comes', async () => {
    const waits: number[] = [];
    await open((method, params, peer) => {
      if (method === 'get_schema') return serving({})(method, params, peer);
      setTimeout(() => peer.socket.destroy(), 60);
      return undefined;
    });
    client.state$.subscribe((state) => {
      if (state.kind === 'disconnected') waits.push(state.retryInMs);
    });
    await until('four failures', () => waits.length === 4);
    expect(waits).to.deep.equal([20, 40, 50, 50]);
  });

  it('refuses values that the server could not read, without a word to it', async () => {
    await open(serving({ monitor: {}, transact: [{}] }));
    await client.ready({ timeoutMs: 2000 });
    const before = server.peers[0]!.received.length;
    for (const comment of ['a\0b', '\ud800', 'x\udc00x']) {
      const failure: unknown = await client.transact([{ op: 'comment', comment }]).catch((thrown: unknown) => thrown);
      expect(failure).to.be.instanceOf(ValueError);
      expect((failure as Error).message).to.match(
        /^nothing was sent: the string ".*" contains (the character NUL|half)/,
      );
    }
    for (const number of [NaN, Infinity, 2 ** 53, -(2 ** 63), 2n ** 63n, -(2n ** 63n) - 1n]) {
      const wait = [{ op: 'update', table: 'Thing', where: [], row: { size: number } }] as const;
      const failure: unknown = await client.transact(wait).catch((thrown: unknown) => thrown);
      expect(failure, String(number)).to.be.instanceOf(ValueError);
    }
    expect(await client.transact([{ op: 'comment', comment: '\ud83c\udf01 é \u0001' }])).to.deep.equal([{}]);
    expect(server.peers).to.have.length(1);
    expect(server.peers[0]!.received).to.have.length(before + 1);
  });

  it('takes bytes of an unfinished message for a sign of life', async () => {
    await open(serving({ monitor: {} }), { probeIntervalMs: 500 });
    await client.ready({ timeoutMs: 2000 });
    const [peer] = server.peers;
    peer?.socket.write('{"id":null,"method":"nothing","params":["');
    const begun = performance.now();
    const drip = setInterval(() => peer?.socket.write('x'), 15);
    await until('much time has passed', () => performance.now() - begun > 1500 || client.state.kind !== 'synced');
    clearInterval(drip);
    expect(client.state).to.include({ kind: 'synced', answering: true });
  });

  it('completes its streams and rejects what is pending when it is closed', async () => {
    await open(serving({ monitor: {} }));
    await client.ready({ timeoutMs: 2000 });
    let completed = 0;
    client.state$.subscribe({ complete: () => completed++ });
    client.changes$.subscribe({ complete: () => completed++ });
    server.peers[0]!.socket.removeAllListeners('data');
    const pending = client.transact([{ op: 'abort' }]).catch((thrown: unknown) => thrown);
    client.close();
    expect(await pending).to.include({ code: 'OVSDB_DISCONNECTED' });
    expect(completed).to.equal(2);
  });
});

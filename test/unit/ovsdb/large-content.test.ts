import { expect } from 'chai';
import type { Json } from '../../../src/ovsdb/json-value.ts';
import { OvsdbSession } from '../../../src/ovsdb/session.ts';
import { Turns } from '../../support/turns.ts';
import { until } from '../../integration/ovsdb/server.ts';
import { MockServer, serving } from './mock-server.ts';

/** `ROWS=200000 npx mocha test/unit/ovsdb/large-content.test.ts` shows the figure for a very large host. */
const ROWS = Number(process.env['ROWS'] ?? 15_000);

/** Garbage collection and the growth of tables come on top of a slice; what is not sliced takes seconds. */
const LONGEST_MS = 120;

const zero = '00000000-0000-0000-0000-000000000000';
const uuid = (index: number): string => `${index.toString(16).padStart(8, '0')}-89ab-4def-8123-456789abcdef`;

function rows(kind: 'initial' | 'modify'): Json {
  const row = (index: number): Json => ({
    name: `vnet${index}`,
    tags: ['set', kind === 'initial' ? [1, 2, index + 3] : [1]],
    ids: ['map', [['iface-id', uuid(index)], ...Array.from({ length: 8 }, (_, key) => [`key-${key}`, uuid(key)])]],
  });
  const entries = Array.from({ length: ROWS }, (_, index): [string, Json] => [uuid(index), { [kind]: row(index) }]);
  return { Thing: Object.fromEntries(entries) };
}

describe(`the content of ${ROWS} rows`, function () {
  this.timeout(60_000);
  let server: MockServer;
  let client: OvsdbSession;

  before(async () => {
    server = await MockServer.start(serving({ monitor_cond_since: [false, uuid(0), rows('initial')], transact: [{}] }));
  });

  after(async () => {
    client.close();
    await server.stop();
  });

  it('is taken in by slices between which others have their turn, and before anything that follows it', async () => {
    const changed = JSON.stringify({ id: null, method: 'update3', params: ['replica', uuid(1), rows('modify')] });
    const last = JSON.stringify({
      id: null,
      method: 'update3',
      params: ['replica', uuid(2), { Thing: { [uuid(7)]: { delete: null } } }],
    });
    client = new OvsdbSession({
      remotes: [{ kind: 'unix', path: server.path }],
      database: 'Mock',
      monitor: { Thing: { columns: ['name', 'tags', 'ids', 'size'] } },
    });
    const seen: string[] = [];
    client.changes$.subscribe(({ origin, changes }) => seen.push(`${origin} ${changes.length}`));
    await until('the request', () => server.peers[0]?.received.length === 2, 20_000);
    let turns = new Turns();
    await client.ready({ timeoutMs: 30_000 });
    turns.stop();
    report('content', turns);
    const peer = server.peers[0]!;
    const following = Buffer.from(changed + last);
    turns = new Turns();
    peer.socket.write(following);
    // An answer that comes behind them is not looked at before them.
    const answer = client.transact([{ op: 'comment', comment: '' }]).then(() => [...seen]);
    expect(await answer).to.deep.equal([`initial ${ROWS}`, `update ${ROWS}`, 'update 1']);
    turns.stop();
    report('update of every row', turns);
    expect(client.rows('Thing').size).to.equal(ROWS - 1);
    expect(client.rows('Thing').get(uuid(9) as never)).to.deep.include({ tags: [2, 12], name: 'vnet9' });
  });

  function report(what: string, turns: Turns): void {
    if (ROWS > 15_000) process.stdout.write(`      ${what}: at most ${turns.longest.toFixed(0)} ms at a stretch\n`);
    expect(turns.longest, what).to.be.below(LONGEST_MS);
    expect(turns.count, what).to.be.greaterThan(10);
  }

  it('is dropped whole when the connection ends in its midst, and is there after the next', async () => {
    const before = client.rows('Thing');
    const states: string[] = [];
    client.state$.subscribe(({ kind }) => states.push(kind));
    server.peers[0]!.socket.destroy();
    await until('the next connection', () => server.peers.length === 2 && server.peers[1]!.received.length >= 2);
    expect(client.rows('Thing')).to.equal(before);
    server.peers[1]!.socket.destroySoon();
    await until('synced', () => states.at(-1) === 'synced' && states.includes('disconnected'), 30_000);
    expect(client.rows('Thing').size).to.equal(ROWS);
    expect(client.rows('Thing').has(zero as never)).to.equal(false);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { map, type Observable } from 'rxjs';
import type { ChangeBatch } from '../../../src/ovsdb/change.ts';
import type { JsonObject } from '../../../src/ovsdb/json-value.ts';
import { stringMap, type Operation } from '../../../src/ovsdb/operation.ts';
import { decodeRow } from '../../../src/ovsdb/replica.ts';
import type { OvsdbSession } from '../../../src/ovsdb/session.ts';
import { TestServer, until } from './server.ts';
import { addBridge, bridges, session } from './sessions.ts';

const columns = bridges['Bridge']!.columns;

/** Few names, keys and VLANs, so that operations meet. */
const name = fc.constantFrom('br0', 'br1', 'br2');
const text = fc.oneof(fc.constantFrom('', 'x'), fc.string({ unit: 'grapheme', maxLength: 8 }));
const ids = fc.dictionary(fc.constantFrom('a', 'b', 'ключ'), text).map(stringMap);
const vlans = fc.uniqueArray(fc.integer({ min: 0, max: 6 })).map((members) => ['set', members] as const);
const row = fc.record(
  {
    external_ids: ids,
    flood_vlans: vlans,
    fail_mode: fc.constantFrom('secure', ['set', []] as const),
    datapath_type: text,
    stp_enable: fc.boolean(),
  },
  { requiredKeys: [] },
);

const transaction: fc.Arbitrary<readonly Operation[]> = fc.oneof(
  fc.tuple(name, row).map(([bridge, values]) => addBridge(bridge, values)),
  fc
    .tuple(name, row)
    .map(([bridge, values]): Operation[] => [
      { op: 'update', table: 'Bridge', where: [['name', '==', bridge]], row: values },
    ]),
  fc.tuple(name, ids, vlans).map(([bridge, entries, members]): Operation[] => [
    {
      op: 'mutate',
      table: 'Bridge',
      where: [['name', '==', bridge]],
      mutations: [
        ['external_ids', 'delete', ['set', ['a']]],
        ['external_ids', 'insert', entries],
        ['flood_vlans', 'delete', ['set', [0, 1]]],
        ['flood_vlans', 'insert', members],
      ],
    },
  ]),
  fc.constant<Operation[]>([{ op: 'update', table: 'Open_vSwitch', where: [], row: { bridges: ['set', []] } }]),
);

/** The rows as a consumer would keep them who knows the changes alone. */
function follow(changes$: Observable<ChangeBatch>): Map<string, unknown> {
  const rows = new Map<string, unknown>();
  changes$.pipe(map(({ changes }) => changes.filter(({ table }) => table === 'Bridge'))).subscribe((changes) => {
    for (const { uuid, old, new: next } of changes) {
      expect(rows.get(uuid)).to.deep.equal(old);
      if (next === undefined) rows.delete(uuid);
      else rows.set(uuid, next);
    }
  });
  return rows;
}

async function select(client: OvsdbSession): Promise<Map<string, unknown>> {
  const types = client.schema!.tables.get('Bridge')!;
  const watched = new Map(columns.map((column) => [column, types.get(column)!]));
  const [result] = await client.transact([
    { op: 'select', table: 'Bridge', where: [], columns: ['_uuid', ...columns] },
  ]);
  const uuidOf = (found: JsonObject): string => (found['_uuid'] as readonly [string, string])[1];
  return new Map(result!.rows!.map((found) => [uuidOf(found), decodeRow(found, watched)]));
}

describe('the replica', () => {
  let server: TestServer;
  let writer: OvsdbSession;

  before(async () => {
    server = await TestServer.start();
    await server.vsctl('init');
    writer = session(`unix:${server.socket}`);
    await writer.ready({ timeoutMs: 5000 });
  });

  after(async () => {
    writer.close();
    await server.stop();
  });

  it('equals a fresh select after any transactions, and so does the sum of its changes', async () => {
    const reader = session(`unix:${server.socket}`);
    await reader.ready({ timeoutMs: 5000 });
    const summed = follow(reader.changes$);
    let stamp = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(transaction, { minLength: 1, maxLength: 12 }), async (transactions) => {
        for (const operations of transactions) await writer.transact(operations).catch(() => undefined);
        // A value written last shows when the reader has seen all that came before it.
        stamp++;
        await writer.transact([{ op: 'update', table: 'Open_vSwitch', where: [], row: { next_cfg: stamp } }]);
        await until('the reader has caught up', () => {
          return [...reader.rows('Open_vSwitch').values()][0]?.['next_cfg'] === stamp;
        });
        const expected = await select(writer);
        expect(new Map(reader.rows('Bridge'))).to.deep.equal(expected);
        expect(summed).to.deep.equal(expected);
      }),
      { numRuns: 60 },
    );
    reader.close();
  });

  it('equals a fresh select after any transactions it missed while disconnected', async () => {
    const reader = session(`unix:${server.socket}`);
    await reader.ready({ timeoutMs: 5000 });
    const summed = follow(reader.changes$);
    await fc.assert(
      fc.asyncProperty(fc.array(transaction, { minLength: 1, maxLength: 8 }), async (transactions) => {
        const missed = transactions.map((operations) => JSON.stringify(['Open_vSwitch', ...operations]));
        await server.kill();
        await until('both are disconnected', () => {
          return reader.state.kind !== 'synced' && writer.state.kind !== 'synced';
        });
        await server.offline(missed);
        await server.up();
        await Promise.all([reader.ready({ timeoutMs: 5000 }), writer.ready({ timeoutMs: 5000 })]);
        const expected = await select(writer);
        expect(new Map(reader.rows('Bridge'))).to.deep.equal(expected);
        expect(summed).to.deep.equal(expected);
      }),
      { numRuns: 8, endOnFailure: true },
    );
    reader.close();
  });
});

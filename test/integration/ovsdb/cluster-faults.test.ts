import { expect } from 'chai';
import fc from 'fast-check';
import type { OvsdbSession } from '../../../src/ovsdb/session.ts';
import type { Operation } from '../../../src/ovsdb/operation.ts';
import type { Row, Uuid } from '../../../src/ovsdb/value.ts';
import { runs } from '../../support/runs.ts';
import { Cluster } from './cluster.ts';
import { until } from './server.ts';
import { session } from './sessions.ts';

const column = (type: string) => ({ type });
const schema = JSON.stringify({
  name: 'Things',
  version: '1.0.0',
  tables: {
    Thing: { columns: { name: column('string'), value: column('integer') }, indexes: [['name']], isRoot: true },
    Other: { columns: { name: column('string'), value: column('integer') }, indexes: [['name']], isRoot: true },
  },
});

type Step =
  | { readonly do: 'set'; readonly table: 'Thing' | 'Other'; readonly name: string; readonly value: number }
  | { readonly do: 'drop'; readonly table: 'Thing' | 'Other'; readonly name: string }
  | { readonly do: 'kill' | 'stop' | 'cut'; readonly whom: 'leader' | 'follower' | 'used' }
  | { readonly do: 'mend' };

const tables = ['Thing', 'Other'] as const;
const row = {
  table: fc.constantFrom(...tables),
  name: fc.constantFrom('a', 'b', 'c', 'd'),
};
const whom = fc.constantFrom('leader' as const, 'follower' as const, 'used' as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('set' as const), ...row, value: fc.integer({ min: 0, max: 99 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('drop' as const), ...row }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('kill' as const, 'stop' as const, 'cut' as const), whom }) },
  { weight: 1, arbitrary: fc.constant({ do: 'mend' as const }) },
);

/** What somebody holds who knows nothing but the changes; it objects to one that does not follow from what it holds. */
class Hearer {
  readonly rows = new Map<Uuid, Row>();
  readonly objections: string[] = [];

  constructor({ changes$ }: OvsdbSession) {
    changes$.subscribe(({ origin, changes }) => {
      for (const change of changes) {
        const { uuid, old, new: now } = change;
        if (JSON.stringify(this.rows.get(uuid)) !== JSON.stringify(old))
          this.objections.push(`${origin}: ${change.kind} of ${uuid}`);
        if (now === undefined) this.rows.delete(uuid);
        else this.rows.set(uuid, now);
      }
    });
  }

  get content(): string[] {
    return Array.from(this.rows.values(), (one) => JSON.stringify([one['name'], one['value']])).sort();
  }
}

describe('sessions with a cluster that fails at random', function () {
  this.timeout(180_000);
  let cluster: Cluster;

  before(async () => {
    cluster = await Cluster.start({ schema });
  });

  after(() => cluster.stop());

  const open = (id: string | undefined): OvsdbSession => {
    const monitor = Object.fromEntries(
      tables.map((table) => [
        table,
        { columns: ['name', 'value'], ...(id !== undefined && table === 'Other' ? { monitor: id } : {}) },
      ]),
    );
    return session(cluster.remotes, {
      database: 'Things',
      monitor,
      cluster: 'member',
      probeIntervalMs: 200,
      patienceMs: 400,
      connectTimeoutMs: 1000,
    });
  };

  /** As writers should: what may or may not have happened is asked for again, and means the same twice. */
  const upsert = async (writer: OvsdbSession, { table, name }: { table: string; name: string }, value?: number) => {
    const where = [['name', '==', name]] as const;
    const wanted: Operation[] = [{ op: 'delete', table, where }];
    if (value !== undefined) wanted.push({ op: 'insert', table, row: { name, value } });
    await until(
      'the transaction is committed',
      async () => {
        try {
          await writer.transact(wanted, { timeoutMs: 1000 });
          return true;
        } catch {
          return false;
        }
      },
      60_000,
    );
  };

  it('end with what is in the database, and are told of every change once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
        const clients = [open(undefined), open('others'), open(undefined)];
        const [writer, ...readers] = clients;
        if (writer === undefined) return;
        const hearers = clients.map((client) => new Hearer(client));
        const down = new Map<string, () => Promise<void>>();
        const mend = async (): Promise<void> => {
          for (const up of down.values()) await up();
          down.clear();
          await cluster.whole();
        };
        try {
          await Promise.all(clients.map((client) => client.ready({ timeoutMs: 30_000 })));
          for (const one of steps) {
            if (one.do === 'set') await upsert(writer, one, one.value);
            else if (one.do === 'drop') await upsert(writer, one);
            else if (one.do === 'mend') await mend();
            else {
              // A majority has to live, or nothing is written meanwhile.
              if (down.size > 0) await mend();
              const { state } = readers[0] ?? writer;
              const used = cluster.members.find(({ remote }) => 'remote' in state && remote === state.remote);
              const server =
                (one.whom === 'used' && used) ||
                (await (one.whom === 'leader' ? cluster.leader() : cluster.follower()));
              if (one.do === 'stop') server.signal('SIGSTOP');
              else if (one.do === 'kill') await server.kill();
              else await server.appctl('cluster/failure-test', 'stop-raft-rpc');
              down.set(server.name, async () => {
                server.signal('SIGCONT');
                if (one.do === 'stop') return;
                await server.kill();
                await server.up();
              });
            }
          }
          await mend();
          const truth = open(undefined);
          clients.push(truth);
          await truth.ready({ timeoutMs: 30_000 });
          const { content } = new Hearer(truth);
          for (const hearer of hearers)
            await until('all is told', () => JSON.stringify(hearer.content) === JSON.stringify(content), 20_000);
          expect(hearers.flatMap(({ objections }) => objections)).to.deep.equal([]);
        } finally {
          for (const client of clients) client.close();
          await mend();
        }
      }),
      { numRuns: runs(6), endOnFailure: true },
    );
  });
});

import { parseRemote } from '../../../src/ovsdb/remote.ts';
import type { RowChange } from '../../../src/ovsdb/change.ts';
import type { Operation } from '../../../src/ovsdb/operation.ts';
import { OvsdbSession } from '../../../src/ovsdb/session.ts';
import type { Row, Uuid } from '../../../src/ovsdb/value.ts';

/** What can be seen of a port in the database: it has its OpenFlow number, somebody has marked it as served, its row is gone. */
export type Sight = 'numbered' | 'marked' | 'gone';

/** Who marks: this agent, OVN, and the client of the benchmarks that does nothing else. */
export const BARE_MARK = 'bench-installed';
const MARKS = ['pvlan-installed', 'ovn-installed', BARE_MARK];

/** In milliseconds. */
const PATIENCE = 300_000;

/** Sees when things happen to ports in a database, as an orchestrator would, and writes to it. */
export class Onlooker {
  readonly #session: OvsdbSession;
  readonly #seen = new Map<string, Map<Sight, number>>();
  readonly #ports = new Map<string, Uuid>();
  readonly #numbers = new Map<string, number>();
  readonly #waiting = new Set<() => void>();

  constructor(socket: string) {
    this.#session = new OvsdbSession({
      remotes: [parseRemote(`unix:${socket}`)],
      database: 'Open_vSwitch',
      monitor: {
        Interface: { columns: ['name', 'ofport', 'external_ids'] },
        Port: { columns: ['name'] },
        Bridge: { columns: ['name'] },
      },
    });
    this.#session.changes$.subscribe(({ changes }) => {
      const now = performance.now();
      for (const change of changes) this.#note(change, now);
      for (const look of [...this.#waiting]) look();
    });
  }

  ready(): Promise<void> {
    return this.#session.ready({ timeoutMs: 60_000 });
  }

  bridge(name: string): Uuid {
    for (const [uuid, row] of this.#session.rows('Bridge')) if (row['name'] === name) return uuid;
    throw new Error(`there is no bridge ${name}`);
  }

  port(name: string): Uuid {
    const port = this.#ports.get(name);
    if (port === undefined) throw new Error(`there is no port ${name}`);
    return port;
  }

  /** The OpenFlow number that a port has or had. */
  number(name: string): number {
    return this.#numbers.get(name) ?? NaN;
  }

  async transact(operations: readonly Operation[]): Promise<void> {
    await this.#session.transact(operations, { timeoutMs: PATIENCE });
  }

  /** Waits until it is seen of all of `names`, and returns when it was first seen of each (performance.now). */
  async seen(names: readonly string[], sight: Sight): Promise<number[]> {
    // Each name is looked at until it is seen, not again with every change.
    let next = 0;
    const isDone = (): boolean => {
      while (next < names.length && this.#seen.get(names[next] ?? '')?.has(sight) === true) next += 1;
      return next === names.length;
    };
    if (!isDone()) {
      await new Promise<void>((resolve, reject) => {
        const stop = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(look);
        };
        const look = (): void => {
          if (!isDone()) return;
          stop();
          resolve();
        };
        const timer = setTimeout(() => {
          stop();
          reject(new Error(`${names[next] ?? ''} was not ${sight} in time, and ${names.length - next - 1} behind it`));
        }, PATIENCE);
        this.#waiting.add(look);
      });
    }
    return names.map((name) => this.#seen.get(name)?.get(sight) ?? NaN);
  }

  /** Forgets what was seen of `names`, so that they may come again. */
  forget(names: readonly string[]): void {
    for (const name of names) this.#seen.delete(name);
  }

  close(): void {
    this.#session.close();
  }

  #note(change: RowChange, now: number): void {
    const row: Row = change.new ?? change.old;
    const name = row['name'];
    if (typeof name !== 'string') return;
    if (change.table === 'Port') {
      if (change.kind === 'delete') this.#ports.delete(name);
      else this.#ports.set(name, change.uuid);
    }
    if (change.table !== 'Interface') return;
    const note = (sight: Sight): void => {
      const sights = this.#seen.get(name) ?? new Map<Sight, number>();
      if (!sights.has(sight)) this.#seen.set(name, sights.set(sight, now));
    };
    if (change.kind === 'delete') {
      note('gone');
      return;
    }
    const { ofport, external_ids: ids } = row;
    if (typeof ofport === 'number' && ofport > 0) {
      this.#numbers.set(name, ofport);
      note('numbered');
    }
    if (ids instanceof Map && MARKS.some((mark) => ids.get(mark) === 'true')) note('marked');
  }
}

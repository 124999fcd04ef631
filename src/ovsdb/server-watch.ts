import { asError } from '../base/thrown.ts';
import { ProtocolError, RpcError } from './errors.ts';
import type { Json } from './json-value.ts';
import { openMonitor, noTransaction } from './monitor.ts';
import { Replica } from './replica.ts';
import type { RpcChannel } from './rpc-channel.ts';
import { parseDatabaseSchema } from './schema.ts';
import type { ServedDatabase } from './server-fitness.ts';
import type { Row } from './value.ts';
import { watchedColumns } from './watched-columns.ts';

/** The name of the monitor of `_Server`. */
export const serverMonitor = 'server';

/** What a server without `_Server`, older than 2.9, serves: it knows neither clusters nor relays. */
const plain: ServedDatabase = {
  model: 'standalone',
  connected: true,
  leader: true,
  hasSchema: true,
  cluster: undefined,
  index: undefined,
};

const columns = ['name', 'model', 'connected', 'leader', 'schema', 'cid', 'index'];

/** Follows what the server of one connection says of one database in `_Server`, from `start` until the channel closes. */
export class ServerWatch {
  readonly #channel: RpcChannel;
  readonly #database: string;
  readonly #onServed: (served: ServedDatabase | undefined) => void;
  readonly #replica = new Replica();

  constructor(
    channel: RpcChannel,
    database: string,
    /** Told at first, and at each change. What it throws closes the channel. */
    onServed: (served: ServedDatabase | undefined) => void,
  ) {
    this.#channel = channel;
    this.#database = database;
    this.#onServed = onServed;
  }

  start(): void {
    // A server that changes a database's schema ends the connections of all clients that have not said this.
    this.#channel.send('set_db_change_aware', [true], {}, () => undefined);
    this.#channel.send('get_schema', ['_Server'], {}, (outcome) => {
      this.#orClose(() => {
        if ('failure' in outcome) {
          const isOld = outcome.failure instanceof RpcError && outcome.failure.error === 'unknown database';
          if (!isOld) throw outcome.failure;
          this.#onServed(plain);
        } else this.#monitor(outcome.result);
      });
    });
  }

  /** Takes an update of the monitor `serverMonitor`. @throws ProtocolError, and what `onServed` throws */
  updated(method: string, params: readonly Json[]): void {
    const updates = params[method === 'update3' ? 2 : 1] ?? null;
    drain(this.#replica.apply(updates, method === 'update' ? 1 : 2));
    this.#tell();
  }

  #monitor(answer: Json): void {
    const schema = parseDatabaseSchema(answer);
    const known = schema.tables.get('Database');
    const request = { Database: { columns: columns.filter((column) => known?.has(column)) } };
    this.#replica.watch(watchedColumns(schema, request));
    const what = { database: '_Server', id: serverMonitor, request, since: noTransaction };
    openMonitor(this.#channel, what, (monitor) => {
      this.#orClose(() => {
        if ('failure' in monitor) throw monitor.failure;
        drain(this.#replica.load(monitor.content, monitor.format, ['Database']));
        this.#tell();
      });
    });
  }

  #tell(): void {
    for (const row of this.#replica.rows('Database').values()) {
      if (row['name'] === this.#database) {
        this.#onServed(readServed(row));
        return;
      }
    }
    this.#onServed(undefined);
  }

  #orClose(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#channel.close(asError(error));
    }
  }
}

function readServed(row: Row): ServedDatabase {
  const { model = 'standalone', connected, leader, schema, cid, index } = row;
  if (model !== 'standalone' && model !== 'clustered' && model !== 'relay')
    throw new ProtocolError('the server says that its database is of a model that is not known');
  return {
    model,
    connected: connected === true,
    leader: leader === true,
    hasSchema: typeof schema === 'string',
    cluster: typeof cid === 'string' ? cid : undefined,
    index: typeof index === 'number' || typeof index === 'bigint' ? index : undefined,
  };
}

/** A server has a handful of databases: what it says of them is taken in at once. */
function drain(steps: Generator<undefined, unknown>): void {
  while (steps.next().done !== true);
}

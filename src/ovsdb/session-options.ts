import type { TlsFiles } from '../base/connect.ts';
import { OvsdbError } from './errors.ts';
import type { JsonLimits } from './json-limits.ts';
import type { MonitorRequest } from './monitor.ts';
import type { ReconnectorOptions } from './reconnector.ts';
import type { Remote } from './remote.ts';
import type { DatabaseSchema } from './schema.ts';
import type { ServerDemand } from './server-fitness.ts';

/** How a session connects. */
export interface ConnectionOptions {
  /** Tried in turn until one works; where one is `ssl:`, none may be `tcp:`. */
  readonly remotes: readonly [Remote, ...Remote[]];
  /** For `ssl:` remotes. */
  readonly tls?: TlsFiles;
  /**
   * Silence, in ms, before the server is probed, and again before a `tcp:` or `ssl:` server is given up, and one on a socket of
   * this host is told as not answering. Default 5000; 0 never probes.
   */
  readonly probeIntervalMs?: number;
  /** How long one attempt to connect may take, in ms. Default 10000. */
  readonly connectTimeoutMs?: number;
  /** How long a `tcp:` or `ssl:` server may be silent while it owes an answer, in ms. Default 60000. */
  readonly patienceMs?: number;
  /** Wait after a first round of failed attempts, in ms; it doubles up to `maxBackoffMs`. Default 100. */
  readonly minBackoffMs?: number;
  /** Default 8000. */
  readonly maxBackoffMs?: number;
  /** Bounds on one message of the server. */
  readonly limits?: JsonLimits;
  /** Told of exceptions out of the owner's handlers; those of rxjs subscribers are rxjs's to report. */
  readonly onListenerError?: (error: Error) => void;
  /**
   * The remotes are servers of one cluster, or relays of it: they are tried in random order, waits are spread, a server that is
   * cut off, behind what was seen or not of the kind that is asked for here is left for the next, also where it listens on this
   * host, and a change of the schema ends no connection. Without it the one server is taken as it is.
   */
  readonly cluster?: ServerDemand;
}

/** How a session connects and what it watches. */
export interface OvsdbSessionOptions extends ConnectionOptions {
  readonly database: string;
  /**
   * What to keep a replica of. A function is asked at each connect, so it can suit the request to the server's schema, or
   * refuse the schema by throwing a SchemaError.
   */
  readonly monitor: MonitorRequest | ((schema: DatabaseSchema) => MonitorRequest);
}

/** Fills the defaults in. @throws OvsdbError for remotes that would give encryption up when it fails */
export function reconnectorOptions(options: ConnectionOptions): ReconnectorOptions {
  const { tls, limits } = options;
  const isCluster = options.cluster !== undefined;
  const remotes = isCluster ? shuffled(options.remotes) : options.remotes;
  if (remotes.some(({ kind }) => kind === 'ssl') && remotes.some(({ kind }) => kind === 'tcp')) {
    throw new OvsdbError('OVSDB_REMOTE', 'a list with ssl: remotes would fall back to its tcp: remotes in silence');
  }
  return {
    remotes,
    ...(tls === undefined ? {} : { tls }),
    ...(limits === undefined ? {} : { limits }),
    reconnect: {
      remotes: remotes.length,
      minBackoffMs: options.minBackoffMs ?? 100,
      maxBackoffMs: options.maxBackoffMs ?? 8000,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      probeIntervalMs: options.probeIntervalMs ?? 5000,
      patienceMs: options.patienceMs ?? 60_000,
      isLocal: (remote) => !isCluster && remotes[remote]?.kind === 'unix',
      ...(isCluster ? { jitter: Math.random } : {}),
    },
  };
}

function shuffled([first, ...others]: readonly [Remote, ...Remote[]]): readonly [Remote, ...Remote[]] {
  const order: [Remote, ...Remote[]] = [first, ...others];
  for (let index = order.length - 1; index > 0; index--) {
    const other = Math.floor(Math.random() * (index + 1));
    const [left, right] = [order[index] ?? first, order[other] ?? first];
    [order[index], order[other]] = [right, left];
  }
  return order;
}

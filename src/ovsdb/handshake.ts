import { asError, RpcError, SchemaError } from './errors.ts';
import { openMonitor, type MonitorRequest, type OpenedMonitor } from './monitor.ts';
import type { WatchedColumns } from './replica.ts';
import type { RpcChannel } from './rpc-channel.ts';
import { parseDatabaseSchema, type DatabaseSchema } from './schema.ts';
import { watchedColumns } from './watched-columns.ts';

/** What a session asks of each new connection. */
export interface HandshakeOptions {
  readonly database: string;
  /** Gives the monitor request for the server's schema, or throws a SchemaError. */
  readonly request: (schema: DatabaseSchema) => MonitorRequest;
  /** The last transaction seen, or `noTransaction`. */
  readonly since: (schema: DatabaseSchema) => string;
  readonly timeoutMs: number;
}

/** A connection whose content is at hand. */
export interface Handshake {
  readonly schema: DatabaseSchema;
  readonly watched: WatchedColumns;
  readonly monitor: OpenedMonitor;
}

/**
 * `get_schema`, then the monitor. Calls `ready` in stream order, before any update is looked at; whatever goes wrong, in
 * `ready` too, closes the channel with the reason.
 */
export function shakeHands(channel: RpcChannel, options: HandshakeOptions, ready: (made: Handshake) => void): void {
  const { database, since, timeoutMs } = options;
  const orClose = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      channel.close(asError(error));
    }
  };
  channel.send('get_schema', [database], { timeoutMs }, (outcome) => {
    orClose(() => {
      if ('failure' in outcome) throw explain(outcome.failure, database);
      const schema = parseDatabaseSchema(outcome.result);
      const request = options.request(schema);
      const watched = watchedColumns(schema, request);
      openMonitor(channel, database, request, since(schema), timeoutMs, (monitor) => {
        orClose(() => {
          if ('failure' in monitor) throw monitor.failure;
          ready({ schema, watched, monitor });
        });
      });
    });
  });
}

function explain(failure: Error, database: string): Error {
  if (!(failure instanceof RpcError) || failure.error !== 'unknown database') return failure;
  return new SchemaError(`the server has no database "${database}": is it the ovsdb-server that ovs-vswitchd uses?`);
}
